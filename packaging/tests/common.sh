# shellcheck shell=bash
# What the tests of packages share. Each runs in the project's folder, and gets a temporary one.
set -euo pipefail

machine=$(uname -m)
target=$machine-unknown-linux-musl
packages=$PWD/target/packages
version=$(grep -m 1 '^version = ' Cargo.toml | cut -d '"' -f 2)
archive=$packages/portgate-$version-$target.tar.gz
program=$packages/work/$target/portgate
scratch=$(mktemp -d)
# Others than root have to get through.
chmod 755 "$scratch"
trap 'rm -rf "$scratch"' EXIT
export machine target packages version archive program scratch

say() { printf '   %s\n' "$*"; }

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

needs() { # needs PROGRAM...
  local name
  for name; do
    command -v "$name" >/dev/null || fail "$name is not installed"
  done
}

# Runs a command, which must exit with CODE; $output is what it printed, stdout and stderr.
exits() { # exits CODE COMMAND...
  local expected=$1 code=0
  shift
  output=$("$@" 2>&1) || code=$?
  [ "$code" = "$expected" ] || fail "exit code $code instead of $expected: $*
$output"
}

# The last output has this text.
has() { # has TEXT
  [[ $output == *"$1"* ]] || fail "not in the output: $1
$output"
}

# A new root file system's only environment is what is given.
inside() { # inside ROOT [--userspec ID] [NAME=VALUE...] COMMAND...
  local root=$1 user=()
  shift
  if [ "$1" = --userspec ]; then
    user=("--userspec=$2")
    shift 2
  fi
  local environment=()
  while [[ $1 == *=* ]]; do
    environment+=("$1")
    shift
  done
  env -i "${environment[@]}" "$(command -v chroot || echo /usr/sbin/chroot)" "${user[@]}" "$root" "$@"
}

[ -f "$archive" ] || fail "no $archive: run packaging/build"
