/**
 * First start of the agent (D-15): clones `CLONE_URL` into the share mounted at `CLONE_PATH`, if
 * that is empty. Runs as an init container of the app's own image, which has `sh` and `git`.
 *
 * - Work that is there is never touched. `lost+found`, which some file systems add, is no work.
 * - The clone grows in `.slipway-clone`, inside the share, and its entries are then moved up. A start
 *   that was cut short is taken up again: `.slipway-clone` is thrown away, `.slipway-moving` (a
 *   complete clone) is moved on.
 * - `CLONE_TOKEN`, where set, answers git's question for credentials of that one host. It stands
 *   neither in an argument nor in the clone's configuration.
 */
export const CLONE_SCRIPT = `set -eu
cd -- "$CLONE_PATH"

# Prints the first entry that is somebody's work.
work() {
  for entry in * .[!.]* ..?*; do
    case $entry in
      lost+found | .slipway-clone | .slipway-moving) continue ;;
    esac
    if [ -e "$entry" ] || [ -h "$entry" ]; then
      printf '%s\\n' "$entry"
      return
    fi
  done
}

clone() {
  scheme=\${CLONE_URL%%://*}
  rest=\${CLONE_URL#*://}
  origin=$scheme://\${rest%%/*}
  if [ -n "\${CLONE_TOKEN:-}" ]; then
    answer='!f() { test "$1" = get && printf "username=x-access-token\\npassword=%s\\n" "$CLONE_TOKEN"; }; f'
    set -- -c "credential.$origin.helper=" -c "credential.$origin.helper=$answer"
  fi
  GIT_TERMINAL_PROMPT=0 git "$@" clone --quiet -- "$CLONE_URL" .slipway-clone
}

if [ ! -d .slipway-moving ]; then
  rm -rf .slipway-clone
  if [ -n "$(work)" ]; then
    echo "The share holds work already; leaving it as it is."
    exit 0
  fi
  clone
  mv .slipway-clone .slipway-moving
fi

for entry in .slipway-moving/* .slipway-moving/.[!.]* .slipway-moving/..?*; do
  if [ -e "$entry" ] || [ -h "$entry" ]; then
    name=\${entry#.slipway-moving/}
    if [ ! -e "$name" ] && [ ! -h "$name" ]; then mv "$entry" "$name"; fi
  fi
done
rm -rf .slipway-moving
echo "The share holds a clone now."
`;
