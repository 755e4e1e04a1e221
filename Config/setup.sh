#!/bin/sh
# Sees to it that what the given occasions need is there. Does nothing, quickly, when it is.
#
#   Config/setup.sh swift build test
#
# `swift` checks the toolchain; every other word is an occasion of packages.txt beside this file.
# Missing packages are installed through apt when that needs no password; otherwise the command
# that installs them is printed, and the exit status is 1.
set -eu

here=$(dirname "$0")

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# The least version is the one that Package.swift asks for.
check_swift() {
  needed=$(sed -n '1s|^// swift-tools-version: *||p' "$here/../Package.swift")
  where="Get it from https://www.swift.org/install/linux/ and put its usr/bin on the PATH."
  command -v swift >/dev/null || fail "Swift $needed or newer is needed; there is no swift." "$where"
  found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
  [ -n "$found" ] || fail "Swift $needed or newer is needed; \"swift --version\" fails." "$where"
  oldest=$(printf '%s\n%s\n' "$needed" "$found" | sort -V | head -n 1)
  [ "$oldest" = "$needed" ] ||
    fail "Swift $needed or newer is needed; $(command -v swift) is $found." "$where"
}

# The packages of the occasions that dpkg does not have, on one line.
missing_packages() {
  wanted=$(awk -v occasions=" $* " 'index(occasions, " " $1 " ") { print $2 }' \
    "$here/packages.txt" | sort -u)
  [ -n "$wanted" ] || fail "packages.txt has nothing for: $*"
  # dpkg-query fails when it does not know a package; what it prints still counts.
  # shellcheck disable=SC2086 # a list of words
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
    awk '$2 == "installed" { print $1 }') || true
  printf '%s\n' "$wanted" | grep -vxF -e "${installed:-none}" | tr '\n' ' ' | sed 's/ $//' || true
}

# Runs a command as root. Its words come on demand: they matter only when it fails.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
  else
    sudo -n env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
  fi
}

can_be_root() {
  [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

# shellcheck disable=SC2086 # $missing is a list of words
install_missing() {
  set -- apt-get -y -q -o DPkg::Lock::Timeout=120 --no-install-recommends install $missing
  # The lists are fetched only when they are missing, or too old to download from.
  if apt-cache show $missing >/dev/null 2>&1 && output=$(as_root "$@" 2>&1); then return; fi
  output=$(as_root apt-get -q update 2>&1) ||
    fail "$output" "apt-get update failed, and these packages are missing: $missing"
  output=$(as_root "$@" 2>&1) || fail "$output" "apt could not install: $missing"
}

print_command() {
  command="apt-get update && apt-get install -y --no-install-recommends $missing"
  if command -v sudo >/dev/null; then
    command="sudo sh -c '$command'"
  else
    command="su -c '$command'"
  fi
  fail "These Debian packages are missing: $missing" "Install them, then try again:" "" \
    "  $command" ""
}

occasions=
for word in "$@"; do
  if [ "$word" = swift ]; then check_swift; else occasions="$occasions $word"; fi
done
[ -n "$occasions" ] || exit 0

if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian: make sure that what Config/packages.txt lists is installed." >&2
  exit 0
fi
# shellcheck disable=SC2086 # a list of words
missing=$(missing_packages $occasions)
[ -n "$missing" ] || exit 0
can_be_root || print_command
echo "Installing $missing"
install_missing
