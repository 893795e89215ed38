#!/bin/sh
# Sees to what the end-to-end tests and the pictures need besides npm's packages:
# Chromium, and a font with Chinese letters. CHROMIUM names another such browser.
set -eu

browser=${CHROMIUM:-/usr/bin/chromium}
missing=
[ -x "$browser" ] || missing="chromium"
[ -n "$(fc-list :lang=zh family 2>/dev/null)" ] || missing="$missing fontconfig fonts-noto-cjk"
[ -n "$missing" ] || exit 0

if [ -n "${CHROMIUM:-}" ] && [ ! -x "$browser" ]; then
  echo "CHROMIUM=$CHROMIUM is no program that can be run." >&2
  exit 1
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests of the mini-program need a browser and Chinese letters. Please install:" >&2
  echo "    sudo apt-get install $missing" >&2
  echo "or on another system the packages with Chromium and Noto Sans CJK; CHROMIUM=/path names the browser." >&2
  exit 1
fi
echo "Installing for the tests of the mini-program: $missing"
apt-get update -qq
# The packages are separate words on purpose.
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
