#!/bin/sh
# Installs portgate: downloads a release, checks its checksum, and copies the program, man pages and completions.
#
#   sh install.sh [--prefix DIR] [--version VERSION]
#
# The default prefix is ~/.local. Nothing needs root. A release's own copy of this script knows its address and version;
# PORTGATE_INSTALL_URL is another address: the folder with the archives and SHA256SUMS.
set -eu

url=${PORTGATE_INSTALL_URL:-@URL@}
version=@VERSION@
prefix=${HOME:+$HOME/.local}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# All is read before anything runs, since a download of this script can break off.
main() {
  while [ $# -gt 0 ]; do
    case $1 in
    --prefix | --version)
      [ -n "${2-}" ] || fail "$1 needs a value"
      if [ "$1" = --prefix ]; then prefix=$2; else version=$2; fi
      shift 2
      ;;
    -h | --help)
      echo 'usage: sh install.sh [--prefix DIR] [--version VERSION]'
      return
      ;;
    *) fail "unknown argument: $1" 'usage: sh install.sh [--prefix DIR] [--version VERSION]' ;;
    esac
  done
  case $url in @*) fail 'this copy has no download address' 'use the install.sh of a release, or set PORTGATE_INSTALL_URL' ;; esac
  case $version in
  @*) fail 'this copy has no version' 'use the install.sh of a release, or --version' ;;
  *[!0-9A-Za-z.+-]*) fail "not a version: $version" ;;
  esac
  [ -n "$prefix" ] || fail 'HOME is not set' 'name a directory with --prefix'
  case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac

  target=$(machine)
  name=portgate-$version-$target
  # Before the download, and without making anything.
  for place in "$prefix/bin" "$prefix/share"; do
    while [ ! -e "$place" ]; do place=$(dirname "$place"); done
    { [ -d "$place" ] && [ -w "$place" ]; } || fail "can't write to $place" 'name another directory with --prefix'
  done
  work=$(mktemp -d)
  new=$prefix/bin/.portgate-new
  trap 'rm -rf "$work" "$new"' EXIT
  trap 'exit 1' HUP INT TERM

  download "$url/SHA256SUMS" "$work/SHA256SUMS"
  expected=$(awk -v name="$name.tar.gz" '$2 == name || $2 == "*" name { print $1; exit }' "$work/SHA256SUMS")
  [ -n "$expected" ] || fail "$url has no $name.tar.gz" 'SHA256SUMS lists what there is'
  download "$url/$name.tar.gz" "$work/$name.tar.gz"
  found=$(checksum "$work/$name.tar.gz")
  [ "$found" = "$expected" ] || fail "the checksum of $name.tar.gz is wrong; nothing was installed" \
    "expected $expected" "found    $found"
  tar -xzf "$work/$name.tar.gz" -C "$work" || fail "can't unpack $name.tar.gz; nothing was installed"
  put "$work/$name"

  echo "portgate $version is in $prefix/bin"
  case :${PATH-}: in
  *":$prefix/bin:"*) ;;
  *) echo "Add it to your PATH:  export PATH=\"$prefix/bin:\$PATH\"" ;;
  esac
}

# Prints the target of this machine's archive.
machine() {
  case $(uname -m) in
  x86_64 | amd64) cpu=x86_64 ;;
  aarch64 | arm64) cpu=aarch64 ;;
  *) fail "there is no program for this processor: $(uname -m)" 'cargo install builds one' ;;
  esac
  case $(uname -s) in
  Linux) echo "$cpu-unknown-linux-musl" ;;
  Darwin) echo "$cpu-apple-darwin" ;;
  *) fail "there is no archive for this system: $(uname -s)" 'for Windows, use the .zip of the release' ;;
  esac
}

download() { # download URL FILE
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --show-error --location --retry 2 --output "$2" "$1" || fail "can't download $1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$2" "$1" || fail "can't download $1"
  else
    fail 'neither curl nor wget is installed' "install one, or download $1 yourself"
  fi
}

checksum() { # checksum FILE
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  else
    fail "neither sha256sum nor shasum is installed, so the download can't be checked"
  fi
}

# Copies what was unpacked. The program is the last, and in one step: it is the new one only when all else is there.
put() {
  share=$prefix/share
  completions=$share/bash-completion/completions
  {
    mkdir -p "$prefix/bin" && cp "$1/portgate" "$new" && chmod 755 "$new"
  } || fail "can't write to $prefix/bin"
  "$new" --version >/dev/null || fail 'the program does not run here; nothing was installed'
  {
    mkdir -p "$share/man/man1" "$share/man/man5" "$completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d" &&
      cp "$1"/man/*.1 "$share/man/man1/" &&
      cp "$1"/man/*.5 "$share/man/man5/" &&
      cp "$1/completions/portgate.bash" "$completions/portgate" &&
      cp "$1/completions/_portgate" "$share/zsh/site-functions/" &&
      cp "$1/completions/portgate.fish" "$share/fish/vendor_completions.d/" &&
      mv -f "$new" "$prefix/bin/portgate"
  } || fail "can't write to $prefix"
}

main "$@"
