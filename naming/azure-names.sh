#!/usr/bin/env bash
# The Azure names of a solution (D-10), the twin of azureNames() in solution-names.ts: the same
# bytes for the same id, tested by vectors.json. Changing a literal is a breaking change (D-11).
#
#   bash naming/azure-names.sh ID...       one line of JSON per id; a refused id is a line on stderr
#   bash naming/azure-names.sh < ids.txt   one line per line: the names, or {"refused":"<reason>"}
#   source naming/azure-names.sh           azure_names ID, in a script of your own
#
# Status: 0, or 1 when an id was refused, or 2 where nothing on this machine can hash.

# azure_names ID...
azure_names() {
  local id problem status=0
  for id in "$@"; do
    problem=$(azure_names_problem "$id")
    if [[ -n $problem ]]; then
      printf 'solution id %q %s\n' "$id" "$problem" >&2
      status=1
    else
      azure_names_line "$id" || return 2
    fi
  done
  return "$status"
}

# Reads ids from stdin, one a line, and answers each with one line.
azure_names_stdin() {
  # `read` drops NUL bytes, which would turn a bad id into a good one: make them bad in another way.
  LC_ALL=C tr '\000' '\001' | {
    local id problem status=0
    while IFS= read -r id || [[ -n $id ]]; do
      problem=$(azure_names_problem "$id")
      if [[ -n $problem ]]; then
        printf '{"refused":"%s"}\n' "$problem"
        status=1
      else
        azure_names_line "$id" || exit 2
      fi
    done
    exit "$status"
  }
}

# Prints why a text is not a solution id (D-12), or nothing. The order is the TypeScript twin's.
azure_names_problem() {
  # Bytes, not characters: in other locales a range such as a-z takes in accented letters.
  local LC_ALL=C id=$1
  if [[ -z $id ]]; then
    printf 'is empty, expected 1 to 54 characters'
  elif [[ $id == *[!abcdefghijklmnopqrstuvwxyz0123456789-]* ]]; then
    printf 'has a character other than a-z, 0-9 and dash'
  elif [[ $id == -* ]]; then
    printf 'begins with a dash'
  elif [[ $id == *- ]]; then
    printf 'ends with a dash'
  elif [[ $id == *--* ]]; then
    printf 'has two dashes in a row'
  elif ((${#id} > 54)); then
    printf 'has %d characters, expected 1 to 54' "${#id}"
  fi
}

# Prints the names of an id that has been checked.
azure_names_line() {
  local id=$1 sum h
  sum=$(azure_names_sha256 "$id") || return 2
  h=${sum:0:12}
  printf '{"solution_id":"%s","hash":"%s"' "$id" "$h"
  printf ',"apps":{"orbit":"orbit-%s","agent":"agent-%s","mc":"mc-%s"}' "$h" "$h" "$h"
  printf ',"shares":{"customer":"%s-customer","internal":"%s-internal"}' "$id" "$id"
  printf ',"storages":{"customer_rw":"customer-rw-%s","customer_ro":"customer-ro-%s"' "$h" "$h"
  printf ',"internal_rw":"internal-rw-%s"}}\n' "$h"
}

# Prints the SHA-256 in lowercase hex, perhaps with more behind it.
azure_names_sha256() {
  if command -v sha256sum >/dev/null; then
    printf '%s' "$1" | sha256sum
  elif command -v shasum >/dev/null; then
    printf '%s' "$1" | shasum -a 256
  elif command -v openssl >/dev/null; then
    printf '%s' "$1" | openssl dgst -sha256 -r
  else
    printf 'azure_names: found none of sha256sum, shasum and openssl; install one\n' >&2
    return 2
  fi
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  if (($# > 0)); then azure_names "$@"; else azure_names_stdin; fi
fi
