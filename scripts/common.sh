# shellcheck shell=bash
# What the scripts share: paths, environment, messages. Sourced by each of them.
set -euo pipefail
umask 022
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

ADDONS=(crm_suite crm_suite_helpdesk crm_suite_marketing)
ODOO_DIR=$ROOT/.odoo                                            # Odoo and its tools, unpacked here
CACHE=${CRM_SUITE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/crm-suite}   # downloads, shared by all checkouts
PYTHON=${PYTHON:-python3}

unset PYTHONDONTWRITEBYTECODE   # without .pyc files every start of Odoo takes twice as long
export PATH=$ROOT/.venv/bin:$PATH
export ODOO_RC=$ROOT/odoo.conf
export ODOO_BIN_PATH=$ROOT/.venv/bin

if [ -t 2 ]; then BOLD=$'\e[1m' RED=$'\e[31m' DIM=$'\e[2m' OFF=$'\e[0m'; else BOLD='' RED='' DIM='' OFF=''; fi
say()  { printf '%s\n' "$BOLD==> $*$OFF" >&2; }
note() { printf '%s\n' "    $*" >&2; }
die()  { printf '%s\n' "${RED}error:$OFF $1" >&2; shift; printf '       %s\n' "$@" >&2; exit 1; }

# step TITLE COMMAND...: run it and say how long it took
step() {
  local title=$1 t0=$SECONDS; shift
  printf '%s' "$BOLD==> $title$OFF$DIM ..." >&2; printf '%s\n' "$OFF" >&2
  "$@"
  printf '%s\n' "$DIM    $title: $((SECONDS - t0)) s$OFF" >&2
}

can_root() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
as_root()  { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# need_space FOLDER MEGABYTES WHAT: stop before a disk fills up, not after
need_space() {
  mkdir -p "$1" || die "cannot create $1" "Set CRM_SUITE_CACHE to a folder that you may write to."
  local free; free=$(df -Pm "$1" | awk 'NR==2 {print $4}')
  [ "$free" -ge "$2" ] || die "no room for $3: $1 has $free MB free, $2 MB are needed" \
    "Free some space, or point CRM_SUITE_CACHE at another disk. Nothing was changed."
}

# whether something listens on a TCP port of this machine
port_busy() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() { "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Odoo's own modules beside ours (a git checkout of Odoo keeps them in addons/)
addons_path() {
  local src; src=$(readlink -f "$ODOO_DIR/src")
  if [ -d "$src/addons/web" ]; then echo "$ROOT,$src/addons"; else echo "$ROOT"; fi
}

# use_server run|test: PGHOST, PGUSER, data folder and add-ons path of the one or the other
use_server() {
  STATE=$ROOT/.$1
  mkdir -p "$STATE"
  if [ -z "${PGHOST:-}" ]; then
    scripts/postgres "$1" start
    OWN_SERVER=1
    PGHOST=$(scripts/postgres "$1" socket) PGUSER=odoo PGPORT=5432
  else
    OWN_SERVER=
    PGUSER=${PGUSER:-$(id -un)}
    psql -Atqc 'select 1' postgres >/dev/null 2>"$STATE/psql.log" || die "no PostgreSQL answers at PGHOST=$PGHOST as PGUSER=$PGUSER" \
      "$(tail -1 "$STATE/psql.log")" "Unset PGHOST to use a private server of this checkout."
  fi
  export PGHOST PGUSER PGPORT=${PGPORT:-5432}
  export ODOO_DATA_DIR=$STATE/data ODOO_ADDONS_PATH
  ODOO_ADDONS_PATH=$(addons_path)
}

has_database() { [ "$(psql -Atc "select 1 from pg_database where datname = '$1'" postgres)" = 1 ]; }

# As Odoo makes its databases: its trigram indexes need the extension
create_database() { createdb "$1"; psql -qc "create extension if not exists pg_trgm" "$1"; }

# copy_database FROM TO: with its files
copy_database() {
  local files=$ODOO_DATA_DIR/filestore
  dropdb --if-exists --force "$2" 2>/dev/null
  createdb -T "$1" "$2"
  rm -rf "${files:?}/$2"
  [ ! -d "$files/$1" ] || cp -al "$files/$1" "$files/$2"
}
rename_database() {
  local files=$ODOO_DATA_DIR/filestore
  psql -qc "alter database \"$1\" rename to \"$2\"" postgres
  rm -rf "${files:?}/$2"
  [ ! -d "$files/$1" ] || mv "$files/$1" "$files/$2"
}
drop_database() { dropdb --if-exists --force "$1" 2>/dev/null; rm -rf "${ODOO_DATA_DIR:?}/filestore/$1"; }

# quiet_odoo LOG ARGUMENTS...: Odoo without HTTP; what it warns of is an error, for it exits 0 on a module
# that it does not know or cannot load
quiet_odoo() {
  local log=$1 rc=0; shift
  odoo "$@" --no-http --stop-after-init --log-level=warn >"$log" 2>&1 || rc=$?
  if [ $rc != 0 ] || grep -E ' (WARNING|ERROR|CRITICAL) ' "$log" >/dev/null; then
    cat "$log" >&2; die "Odoo failed or warned: odoo $*" "The log is $log"
  fi
}
demo_install() { quiet_odoo "$1" server -d "$2" --with-demo -i "$3"; }

# one line that changes when the files of the add-ons do (tests and pages apart)
addons_hash() {
  find "${ADDONS[@]}" -type f -not -path '*/tests/*' -not -name '*.pyc' -not -name '*.md' -print0 |
    sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12
}
