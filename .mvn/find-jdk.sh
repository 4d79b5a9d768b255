# Finds a JDK 25 or later, for ./mvnw and ./sirocco, which source this file.
#
# find_jdk sets JDK_HOME and JDK_RELEASE (such as 25.0.3), or prints one line saying where it looked
# and returns 1. Versions are read
# from the `release` file of each candidate, so that nothing is started to ask.

# Sets JDK_RELEASE (25.0.3) and JDK_VERSION (25) of the JDK in directory $1; fails if there is none.
jdk_version() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS='=' read -r key value; do
    if [ "$key" = JAVA_VERSION ]; then
      value=${value#\"}
      JDK_RELEASE=${value%\"}
      value=${value%%[!0-9]*}
      [ -n "$value" ] || return 1
      JDK_VERSION=$value
      return 0
    fi
  done <"$1/release"
  return 1
}

# Takes directory $1 if it holds a JDK 25 or later.
try_jdk() {
  jdk_version "$1" && [ "$JDK_VERSION" -ge 25 ] || return 1
  JDK_HOME=$1
}

# The installation that the `java` on the PATH belongs to.
path_java_home() {
  java_command=$(command -v java) || return 1
  while [ -L "$java_command" ]; do
    link=$(readlink "$java_command")
    case $link in
      /*) java_command=$link ;;
      *) java_command=${java_command%/*}/$link ;;
    esac
  done
  bin=${java_command%/*}
  PATH_HOME=${bin%/*}
}

find_jdk() {
  JDK_HOME=
  if [ -n "${SIROCCO_JAVA_HOME:-}" ]; then
    try_jdk "$SIROCCO_JAVA_HOME" && return 0
    echo "sirocco: SIROCCO_JAVA_HOME is $SIROCCO_JAVA_HOME, which holds no JDK 25 or later; set it to one, or unset it to have one searched for" >&2
    return 1
  fi
  if [ -n "${JAVA_HOME:-}" ]; then
    try_jdk "$JAVA_HOME" && return 0
  fi
  if path_java_home; then
    try_jdk "$PATH_HOME" && return 0
  fi
  if [ -x /usr/libexec/java_home ]; then
    mac_home=$(/usr/libexec/java_home -v 25+ 2>/dev/null) && try_jdk "$mac_home" && return 0
  fi
  for candidate in \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/java/* /usr/local/jdk* \
    /opt/java/* /opt/jdk* /opt/openjdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* \
    "${HOME:-/nonexistent}"/.local/share/mise/installs/java/* \
    "${HOME:-/nonexistent}"/.asdf/installs/java/* "${HOME:-/nonexistent}"/.gradle/jdks/*; do
    try_jdk "$candidate" && return 0
  done
  echo "sirocco: no JDK 25 or later found; looked at SIROCCO_JAVA_HOME (unset), JAVA_HOME (${JAVA_HOME:-unset}), java on the PATH (${PATH_HOME:-none}), /usr/lib/jvm, /usr/lib64/jvm, /usr/java, /usr/local, /opt, /Library/Java, Homebrew, ~/.sdkman, ~/.jdks, mise, asdf, Gradle; install one, or set SIROCCO_JAVA_HOME" >&2
  return 1
}
