# shellcheck shell=bash
# Sourced. Finds a Chromium on this machine; asks the machine only, and fetches nothing.
#
#   find_chromium    prints the path of the Chromium of the browser test: CHROME, else an installed one, else the unpacked one
#   can_unpack       succeeds if `unpack` can fetch Debian's package without root
#   install_hint     prints how to install a Chromium on this machine
BROWSER_TOOLS="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)/.tools/browser"
UNPACKED="$BROWSER_TOOLS/chromium"
# The download, and the folder on disk. On a machine without a desktop more libraries are missing.
CHROMIUM_SIZE="130 to 220 MB, 380 to 640 MB on disk"

# Ubuntu's chromium-browser is a script that only asks for a snap, and a Chromium that lacks a library does not start: a file of this name
# proves nothing, so this runs it.
chromium_version() { "$1" --version 2>/dev/null | grep -Eo '(Chromium|Google Chrome)[^(]* [0-9][0-9.]*' | head -1; }
chromium_runs() { [ -n "$(chromium_version "$1")" ]; }

find_chromium() {
  local candidate
  if [ -n "${CHROME:-}" ]; then
    if chromium_runs "$CHROME"; then echo "$CHROME"; return; fi
    echo "browser: CHROME is $CHROME, and it does not run as a Chromium: try '$CHROME --version', or unset CHROME" >&2
    return 1
  fi
  for candidate in chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "/Applications/Chromium.app/Contents/MacOS/Chromium" \
    "$UNPACKED/chromium"; do
    if chromium_runs "$candidate"; then command -v "$candidate"; return; fi
  done
  return 1
}

is_ubuntu() { (. /etc/os-release && case " $ID ${ID_LIKE:-} " in *" ubuntu "*) ;; *) false ;; esac) 2>/dev/null; }
can_unpack() { command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && ! is_ubuntu; }

install_hint() {
  if is_ubuntu; then echo "Ubuntu: install Google Chrome's .deb package, or 'snap install chromium'; or set CHROME to a Chromium."
  else echo "Debian: apt install chromium; Fedora: dnf install chromium; macOS: Google Chrome; or set CHROME to a Chromium."; fi
}
