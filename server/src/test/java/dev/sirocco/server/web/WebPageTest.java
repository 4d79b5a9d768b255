package dev.sirocco.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.server.http.ApiKeys;
import dev.sirocco.server.http.Json;
import dev.sirocco.server.http.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;
import tools.jackson.databind.JsonNode;

/** The page in a real browser, in front of a real server. */
class WebPageTest {

  private static final String KEY = "a-key-for-tests";
  private static final String TEXT = ".answer:last-child .markdown";
  private static final String QUESTION = "Once upon a time";

  @TempDir static Path profile;

  private static Browser browser;
  private static HeldServer server;

  @BeforeAll
  static void start() {
    browser = Browser.open(profile);
    server = new HeldServer(ServerOptions.builder());
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
    if (server != null) {
      server.close();
    }
  }

  /** Whether the test lets the server refuse keys, of which the browser's console tells. */
  private boolean keysAreRefused;

  @BeforeEach
  void openPage() {
    open(server.url());
    browser.script("localStorage.clear(); sessionStorage.clear(); return true;");
    open(server.url());
  }

  @AfterEach
  void nothingIsWrongAndNothingForeignWasLoaded() {
    server.release();
    assertThat(browser.console()).allMatch(line -> keysAreRefused && line.contains("401"));
    assertThat(
            (List<?>)
                browser.script(
                    "return performance.getEntriesByType('resource').map(e => new URL(e.name).host)"))
        .isNotEmpty()
        .allMatch(host -> host.equals(browser.script("return location.host")));
  }

  private static void open(String url) {
    browser.driver().get(url + "/");
    browser.until(
        "the model's name", () -> browser.find("#model").getText().equals("sirocco-tiny"));
  }

  private static void set(String field, String value) {
    WebElement element = browser.find("#settings-form [name='" + field + "']");
    element.clear();
    element.sendKeys(value);
  }

  private static void send(String text) {
    browser.find("#draft").sendKeys(text + Keys.ENTER);
  }

  private static String answer() {
    browser.until(
        "an answer", () -> !browser.all(".answer:last-child [aria-busy='false']").isEmpty());
    return browser.find(TEXT).getText();
  }

  @Test
  void anAnswerShowsWithItsFiguresAndTheNextTurnKnowsIt() {
    set("max_tokens", "12");
    send(QUESTION);
    assertThat(answer()).isNotBlank();
    assertThat(browser.find(".figures").getText())
        .matches(
            "\\d+ tokens · [\\d.]+ tokens/s · first after [\\d.]+ s · prompt \\d+.* · seed \\d+");
    send("And then?");
    browser.until("two answers", () -> browser.all("[aria-busy='false']").size() == 2);
    assertThat(browser.all(".question .text").getLast().getText()).isEqualTo("And then?");
    assertThat(browser.find("#announcer").getDomProperty("textContent")).startsWith("Answer:");
  }

  @Test
  void textAppearsWhileItIsComputedAndEscapeStopsIt() throws InterruptedException {
    CountDownLatch cancelled = server.hold();
    send(QUESTION);
    browser.until("the first text", () -> !browser.find(TEXT).getText().isBlank());
    assertThat(browser.find("#stop").isDisplayed()).isTrue();
    assertThat(browser.all("[aria-busy='true']")).hasSize(1);
    String soFar = browser.find(TEXT).getText();
    browser.find("#draft").sendKeys(Keys.ESCAPE);
    browser.until("the end", () -> browser.find(".note").isDisplayed());
    assertThat(browser.find(".note").getText()).isEqualTo("Stopped.");
    assertThat(answer()).startsWith(soFar);
    assertThat(browser.find("#send").isDisplayed()).isTrue();
    assertThat(cancelled.await(30, TimeUnit.SECONDS)).as("cancelled in the engine").isTrue();
  }

  @Test
  void theStopButtonStopsAndTheAnswerCanBeAskedForAnew() throws InterruptedException {
    CountDownLatch cancelled = server.hold();
    set("max_tokens", "12");
    send(QUESTION);
    browser.until("the first text", () -> !browser.find(TEXT).getText().isBlank());
    browser.find("#stop").click();
    browser.until("the end", () -> browser.find(".note").isDisplayed());
    assertThat(browser.find(".note").getText()).isEqualTo("Stopped.");
    assertThat(cancelled.await(30, TimeUnit.SECONDS)).as("cancelled in the engine").isTrue();
    server.release();
    browser.find(".regenerate").click();
    browser.until(
        "a whole answer",
        () -> browser.find(".answer:last-child .figures").getText().contains("prompt"));
    assertThat(browser.all(".answer")).hasSize(1);
  }

  @Test
  void theSystemPromptReachesTheServer() throws Exception {
    browser.find("#system").sendKeys("Speak like a king.");
    set("temperature", "0");
    set("max_tokens", "12");
    send(QUESTION);
    String with = answer();
    String expected =
        computed("{\"role\":\"system\",\"content\":\"Speak like a king.\"},")
            .path("choices")
            .get(0)
            .path("message")
            .path("content")
            .asString();
    assertThat(with.replaceAll("\\s+", " ")).isEqualTo(expected.strip().replaceAll("\\s+", " "));
  }

  @Test
  void theSettingsReachTheServer() {
    set("temperature", "0.9");
    set("max_tokens", "12");
    set("seed", "7");
    send(QUESTION);
    String first = answer();
    browser.find(".regenerate").click();
    browser.until("one answer", () -> browser.all(".answer").size() == 1);
    assertThat(answer()).as("the same seed").isEqualTo(first);
    set("seed", "8");
    browser.find("#new-chat").click();
    assertThat(browser.all(".message")).isEmpty();
    send(QUESTION);
    assertThat(answer()).as("another seed").isNotEqualTo(first);
    assertThat(browser.find(".figures").getText()).startsWith("12 tokens").endsWith("seed 8");
    open(server.url());
    assertThat(browser.find("[name='seed']").getDomProperty("value")).as("kept").isEqualTo("8");
  }

  @Test
  void aQuestionCanBeChangedAndSentAgain() {
    set("max_tokens", "4");
    send("First");
    answer();
    browser.find(".edit").click();
    assertThat(browser.find("#draft").getDomProperty("value")).isEqualTo("First");
    browser.find("#draft").clear();
    send("Second");
    answer();
    assertThat(browser.all(".question .text"))
        .extracting(WebElement::getText)
        .containsExactly("Second");
  }

  @Test
  void tokensAreColouredByTheirExpertsAndTellWhatWasLikely() throws Exception {
    set("temperature", "0");
    set("max_tokens", "12");
    send(QUESTION);
    answer();
    browser.find(".view").click();
    JsonNode expected = computed("");
    JsonNode routing = expected.path("sirocco").path("routing");
    assertColoured(routing, 0);
    browser.find(".layer input").sendKeys(Keys.ARROW_RIGHT);
    assertColoured(routing, 1);
    assertThat(browser.find(".layer output").getText()).isEqualTo("2 of " + routing.get(0).size());
    assertThat(browser.all(".legend button"))
        .allMatch(entry -> String.valueOf(entry.getAccessibleName()).startsWith("Expert "));

    JsonNode tokens = expected.path("choices").get(0).path("logprobs").path("content");
    new Actions(browser.driver()).moveToElement(token(3)).perform();
    assertTipTells(tokens.get(3));
    token(4).click();
    token(4).sendKeys(Keys.ARROW_RIGHT);
    assertTipTells(tokens.get(5));
    assertThat(token(5).getDomAttribute("aria-describedby")).isEqualTo("tip");
    assertThat(token(5).getAccessibleName())
        .contains("expert " + routing.get(5).get(1).get(0).get(0).asInt());
    token(5).sendKeys(Keys.ESCAPE);
    browser.until("the window closes", () -> !browser.find("#tip").isDisplayed());
  }

  private static WebElement token(int index) {
    return browser.find(".token[data-index='" + index + "']");
  }

  // The same question, asked without the page.
  private static JsonNode computed(String before) throws IOException, InterruptedException {
    String body =
        """
        {"messages":[%s{"role":"user","content":"%s"}],"temperature":0,"max_tokens":12,"routing":true,
        "logprobs":true,"top_logprobs":5}
        """
            .formatted(before, QUESTION);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url() + "/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return Json.read(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
  }

  // The last token was chosen, but never went through the model.
  private static void assertColoured(JsonNode routing, int layer) {
    List<String> wanted =
        IntStream.range(0, routing.size() - 1)
            .mapToObj(i -> "token x" + routing.get(i).get(layer).get(0).get(0).asInt())
            .toList();
    browser.until(
        "colours of layer " + layer,
        () ->
            browser.all(".token").stream()
                .limit(wanted.size())
                .map(token -> token.getDomAttribute("class"))
                .toList()
                .equals(wanted));
  }

  private static void assertTipTells(JsonNode token) {
    String share =
        "%.1f %%"
            .formatted(
                100 * Math.exp(token.path("top_logprobs").get(0).path("logprob").asDouble()));
    browser.until("probabilities", () -> browser.find("#tip").getText().contains(share));
    assertThat(browser.all(".tip-top tr")).hasSize(5);
    assertThat(browser.find(".tip-experts").getText()).matches("Layer 2: expert \\d.*");
  }

  @Test
  void aWrongKeyIsToldAndTheMessageKept() {
    keysAreRefused = true;
    try (HeldServer guarded =
        new HeldServer(ServerOptions.builder().apiKeys(ApiKeys.of(List.of(KEY))))) {
      String url = "http://page:" + KEY + "@127.0.0.1:" + guarded.port();
      open(url);
      set("key", "another-key" + Keys.TAB);
      browser.until("wrong", () -> browser.find("#model").getText().equals("API key needed"));
      send("Keep me");
      browser.until("a notice", () -> browser.find("#problem").isDisplayed());
      assertThat(browser.find("#problem-text").getText())
          .startsWith("The server wants an API key, and the one given is missing or wrong.");
      assertThat(browser.find("#draft").getDomProperty("value")).isEqualTo("Keep me");
      assertThat(browser.all(".message")).isEmpty();
      set("max_tokens", "4");
      set("key", KEY + Keys.TAB);
      send("");
      assertThat(answer()).isNotBlank();
      assertThat(browser.find("#problem").isDisplayed()).isFalse();
    }
  }

  @Test
  void theColoursFollowTheSystemUntilOnesAreChosen() {
    String dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    assertThat(browser.find("#theme").getDomAttribute("aria-pressed"))
        .isEqualTo(browser.script(dark).toString());
    String before = browser.find("body").getCssValue("background-color");
    browser.find("#theme").click();
    assertThat(browser.find("body").getCssValue("background-color")).isNotEqualTo(before);
    open(server.url());
    assertThat(browser.find("body").getCssValue("background-color")).isNotEqualTo(before);
  }

  @Test
  void nothingIsAskedOfOtherHosts() {
    Object violated =
        browser
            .driver()
            .executeAsyncScript(
                """
                const done = arguments[0];
                document.addEventListener("securitypolicyviolation", (e) => done(e.effectiveDirective));
                new Image().src = "http://127.0.0.1:1/image.png";
                """);
    assertThat(violated).isEqualTo("img-src");
    assertThat(browser.console()).hasSize(1);
    open(server.url());
  }

  @Test
  void markdownShowsAndHtmlStaysText() {
    Object shown =
        browser
            .driver()
            .executeAsyncScript(
                """
                const done = arguments[0];
                import("/web/markdown.js").then(({ MarkdownStream }) => {
                  const root = document.createElement("div");
                  const stream = new MarkdownStream(root);
                  const text = "# Top\\n\\nSome **bold *and* 2 * 3** `a<b>` <img src=x>\\n\\n"
                    + "1. one\\n   - in\\n2. two\\n\\n```js\\nlet a;\\n  b\\n```\\n> said\\n\\n**open";
                  for (const c of text) {
                    stream.append(c);
                  }
                  stream.end();
                  done(root.innerHTML);
                });
                """);
    assertThat(violationFree(shown))
        .isEqualTo(
            "<h4>Top</h4><p>Some <strong>bold <em>and</em> 2 * 3</strong> <code>a&lt;b&gt;</code>"
                + " &lt;img src=x&gt;</p><ol><li>one<ul><li>in</li></ul></li><li>two</li></ol>"
                + "<pre tabindex=\"0\" data-language=\"js\"><code>let a;\n  b\n</code></pre>"
                + "<blockquote><p>said</p></blockquote><p>**open</p>");
  }

  private static String violationFree(@Nullable Object html) {
    return String.valueOf(html).replace(" start=\"1\"", "");
  }
}
