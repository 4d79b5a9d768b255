package dev.sirocco.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sirocco.server.http.ServerOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The page is usable without a mouse, without colours, and by those who see little. */
class AccessibilityTest {

  /** All that is too faint: texts below 4.5 to 1 (large ones 3), edges of fields below 3. */
  private static final String FAINT =
      """
      const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      const over = (colour, below) => {
        canvas.fillStyle = `rgb(${below.join(" ")})`;
        canvas.fillRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
      };
      const ground = (e) => e === null ? [255, 255, 255]
        : over(getComputedStyle(e).backgroundColor, ground(e.parentElement));
      const light = (rgb) => {
        const [r, g, b] = rgb.map((c) => c / 255)
          .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const contrast = (a, b) => {
        const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
      };
      const faint = [];
      let seen = 0;
      const check = (what, colour, below, wanted) => {
        seen++;
        const found = contrast(over(colour, below), below);
        if (found < wanted) {
          faint.push(`${what}: ${found.toFixed(2)}, wanted ${wanted}`);
        }
      };
      for (const e of document.querySelectorAll("body *")) {
        if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) {
          continue;
        }
        const style = getComputedStyle(e);
        const name = `${e.tagName} ${e.id || e.className} '${e.textContent.trim().slice(0, 20)}'`;
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        const hasText = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== "");
        if (hasText) {
          check(name, style.color, ground(e), large ? 3 : 4.5);
        }
        if (e.matches("input, textarea")) {
          check("placeholder of " + name, getComputedStyle(e, "::placeholder").color, ground(e), 4.5);
        }
        if (e.matches("input[type=number], input[type=password], .settings textarea")) {
          check("edge of " + name, style.borderTopColor, ground(e.parentElement), 3);
        }
      }
      return seen > 20 ? faint : ["only " + seen + " texts were seen"];
      """;

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

  private static void open(String theme) {
    browser.driver().get(server.url() + "/");
    browser.script(
        "localStorage.clear(); localStorage.setItem('sirocco.theme', arguments[0]); return 1;",
        theme);
    browser.driver().get(server.url() + "/");
    browser.until(
        "the model's name", () -> browser.find("#model").getText().equals("sirocco-tiny"));
  }

  /** An answer of a few tokens with the view of its experts, and what is told of a token. */
  private static void showAll() {
    browser.find("[name='max_tokens']").sendKeys("8");
    browser.find("[name='temperature']").sendKeys("0");
    browser.find("#draft").sendKeys("Once upon a time" + Keys.ENTER);
    browser.until("an answer", () -> !browser.all("[aria-busy='false']").isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void textsAndFieldsStandOutFromTheirGround(String theme) {
    open(theme);
    assertThat((List<?>) browser.script(FAINT)).as("the empty page").isEmpty();
    showAll();
    assertThat((List<?>) browser.script(FAINT)).as("an answer").isEmpty();
    browser.find(".view").click();
    browser.find(".token").click();
    browser.until("probabilities", () -> browser.find("#tip").isDisplayed());
    assertThat((List<?>) browser.script(FAINT)).as("experts and probabilities").isEmpty();
    browser.find(".edit").click();
    browser.script(
        "document.getElementById('problem').hidden = false;"
            + " document.getElementById('problem-text').textContent = 'Wrong'; return 1;");
    browser.script("document.querySelectorAll('.replaced').forEach(e => e.remove()); return 1;");
    assertThat((List<?>) browser.script(FAINT)).as("notices").isEmpty();
  }

  @Test
  void everythingThatCanBeUsedHasAName() {
    open("light");
    showAll();
    browser.find(".view").click();
    List<WebElement> usable = browser.all("button, input, textarea, a, [role='option']");
    assertThat(usable).hasSizeGreaterThan(30);
    for (WebElement element : usable) {
      if (element.isDisplayed()) {
        assertThat(element.getAccessibleName())
            .as(element.getDomProperty("outerHTML"))
            .isNotBlank();
      }
    }
    assertThat(browser.script("return document.documentElement.lang")).isEqualTo("en");
    assertThat(
            (Boolean)
                browser.script(
                    "const ids = [...document.querySelectorAll('[id]')].map(e => e.id);"
                        + " return new Set(ids).size === ids.length;"))
        .as("each id once")
        .isTrue();
  }

  /** Where the tab key begins on a page that does not put the focus anywhere. */
  private static void focusFirst() {
    browser.script("document.querySelector('a, button, input, textarea').focus(); return 1;");
  }

  @Test
  void theTabKeyGoesFromTheTopToTheMessageAndTheSettings() {
    open("light");
    focusFirst();
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      order.add(
          browser
              .script("const e = document.activeElement; return e.id || e.name || e.className")
              .toString());
      assertThat(
              browser.script(
                  "return getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                      + " || document.activeElement.matches('.field *')"))
          .as("the focus shows at " + order.getLast())
          .isEqualTo(true);
      browser.driver().switchTo().activeElement().sendKeys(Keys.TAB);
    }
    assertThat(order)
        .containsExactly(
            "skip",
            "new-chat",
            "theme",
            "settings-toggle",
            "example",
            "example",
            "example",
            "draft",
            "send",
            "settings-close",
            "system",
            "temperature");
  }

  @Test
  void aChatNeedsNoMouse() {
    open("light");
    browser.find("[name='max_tokens']").sendKeys("4");
    focusFirst();
    browser.driver().switchTo().activeElement().sendKeys(Keys.ENTER);
    browser
        .driver()
        .switchTo()
        .activeElement()
        .sendKeys("Hello" + Keys.chord(Keys.SHIFT, Keys.ENTER) + "there" + Keys.ENTER);
    browser.until("an answer", () -> !browser.all("[aria-busy='false']").isEmpty());
    assertThat(browser.find(".question .text").getText()).isEqualTo("Hello\nthere");
    browser.find(".regenerate").sendKeys(Keys.ENTER);
    browser.until("another", () -> !browser.all("[aria-busy='false']").isEmpty());
    assertThat(browser.all(".answer")).hasSize(1);
    browser.find(".view").sendKeys(Keys.SPACE);
    browser.until("tokens", () -> !browser.all(".token").isEmpty());
    browser.find(".token").sendKeys(Keys.END);
    assertThat(browser.driver().switchTo().activeElement().getDomAttribute("data-index"))
        .isEqualTo("3");
    browser.find("#settings-toggle").sendKeys(Keys.ENTER);
    assertThat(browser.find("#settings").isDisplayed()).isFalse();
    browser.find("#settings-toggle").sendKeys(Keys.ENTER);
    assertThat(browser.driver().switchTo().activeElement().getDomAttribute("name"))
        .isEqualTo("system");
    browser.driver().switchTo().activeElement().sendKeys(Keys.ESCAPE);
    assertThat(browser.find("#settings").isDisplayed()).isFalse();
    assertThat(browser.driver().switchTo().activeElement().getDomAttribute("id"))
        .isEqualTo("settings-toggle");
  }
}
