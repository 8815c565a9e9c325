#!/usr/bin/env bash
# From simulated exams and the demo's models to three analysed reader studies. Called by `make reader-study`.
# By default SCRIPTS read (observers.py), not people: it shows how a study runs. With --serve KIND people can read:
#   bash examples/reader_study/run.sh --serve most_realistic
# WORK is the demo's folder; what lies finished in it is used. OUT takes the studies.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"
export BIN="${BIN:-.venv/bin}" WORK="${WORK:-work/demo}"
OUT="${OUT:-work/reader-study}"
vcem() { "$BIN/vcem" "$@"; }

if [ ! -f "$WORK/report/manifest.json" ] && [ ! -f "$WORK/report/index.html" ]; then
  echo "== The demo's exams and models (once)"
  bash "$here/../demo.sh"
fi
for model in autoencoder pix2pix cyclegan; do
  for fold in "$WORK"/runs/demo-$model/fold-*/predictions; do predictions+=("$model=$fold"); done
done

freeze() { # KIND DESIGN: a study is never overwritten, so a new one is made in an empty folder
  rm -rf "${OUT:?}/$1" "$OUT/$1-truth.json"
  vcem study new "$2" --out "$OUT/$1" --data "$WORK/prepared" --predictions "${predictions[@]}"
}

if [ "${1:-}" = --serve ]; then
  kind="${2:?most_realistic, real_or_synthetic or multi_reader}"
  mkdir -p "$OUT"
  if [ ! -f "$OUT/$kind-people/manifest.json" ]; then
    sed -e '/^note/d' -e 's/Script /Reader /' "$here/$kind.toml" >"$OUT/$kind-people.toml"
    freeze "$kind-people" "$OUT/$kind-people.toml"
  fi
  echo "When all have read: vcem study analyse $OUT/$kind-people --truth $OUT/$kind-people-truth.json --out RESULTS"
  vcem study serve "$OUT/$kind-people"
  exit
fi

for kind in most_realistic real_or_synthetic multi_reader; do
  echo "== $kind: scripts read, not people"
  freeze "$kind" "$here/$kind.toml"
  "$BIN/python" "$here/read_by_scripts.py" "$OUT/$kind" | tee "$OUT/$kind-reading.txt"
  vcem study verify "$OUT/$kind" --head "$(sed -n 's/.*the log ends with //p' "$OUT/$kind-reading.txt")"
  vcem study analyse "$OUT/$kind" --truth "$OUT/$kind-truth.json" --out "$OUT/$kind-results"
done
echo "Open $OUT/{most_realistic,real_or_synthetic,multi_reader}-results/index.html: read by scripts, no radiologists"
