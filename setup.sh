#!/usr/bin/env bash
# Sets up what is missing: Debian packages (system-packages.txt) and .venv (requirements.lock).
# Usage: ./setup.sh [PYTHON]   PYTHON is a Python 3.11; `make` finds it.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
while read -r package _; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done < <(grep -vE '^ *(#|$)' system-packages.txt)

if [ "${#missing[@]}" -gt 0 ]; then
  echo "Paquets Debian à installer : ${missing[*]}"
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

python="${1:-}"
if [ -z "$python" ]; then
  for candidate in python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      python="$candidate"
      break
    fi
  done
fi
if [ -z "$python" ]; then
  echo "Python 3.11 est introuvable : installez-le, ou appelez ./setup.sh CHEMIN_DE_PYTHON." >&2
  exit 1
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "Dépendances Python (environ 2 Go la première fois)…"
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
