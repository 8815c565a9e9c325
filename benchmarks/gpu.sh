#!/usr/bin/env bash
# What to run in 15 minutes of one GPU: strict resunet and CycleGAN at 256 x 256 on one fold, the time of a step against
# eager float32, and peak memory. All is stopped in time; what was trained to its end is scored.
#
#     benchmarks/gpu.sh CDD-CESM OUT            on a GPU
#     TINY=1 DEVICE=cpu benchmarks/gpu.sh ...   the same steps in a minute, to see that they work
#
# Work goes to WORK (a new folder below /tmp if not given); OUT gets the log, the steps, scores and the report. The
# same command with the same WORK goes on where it was stopped. RESUNET_S, CYCLEGAN_S: seconds for each training.
set -euo pipefail
source_of=$1 out=$2
root=$(cd "$(dirname "$0")/.." && pwd)
device=${DEVICE:-cuda} python=${PYTHON:-python3} work=${WORK:-$(mktemp -d)}
export PYTHONPATH=$root/src PYTHONUNBUFFERED=1
mkdir -p "$work" "$out"
vcem() { "$python" -m vcem.cli.main "$@"; }
say() { echo "== $(date +%T) $*" | tee -a "$out/log"; }

size=256 steps=20
resunet=() cyclegan=(--set name=strict-cyclegan-60 --set training.epochs=60 --set training.decay_from=30)
if [ -n "${TINY:-}" ]; then
  size=32 steps=1
  resunet=(--set size=32 --set method.generator.width=4 --set method.generator.levels=2 --set method.generator.fine=4
           --set training.epochs=1 --set method.segmentor_steps=1)
  cyclegan=(--set name=strict-cyclegan-60 --set size=32 --set method.generator.width=4 --set method.generator.blocks=1
            --set method.discriminator.width=4 --set method.discriminator.layers=1 --set training.epochs=1
            --set training.decay_from=1)
fi
cd "$root"

say "steps on $device"
"$python" benchmarks/gpu_steps.py recipes/strict/resunet.toml --device "$device" --steps $steps "${resunet[@]}" \
  2>&1 | tee "$out/steps-resunet"
"$python" benchmarks/gpu_steps.py recipes/strict/cyclegan.toml --device "$device" --steps $steps "${cyclegan[@]}" \
  2>&1 | tee "$out/steps-cyclegan"

say "data"
if [ ! -e "$work/prepared/folds.json" ]; then
  vcem import cdd-cesm "$source_of" "$work/catalogue" | tee -a "$out/log"
  vcem prepare "$work/catalogue" "$work/prepared" --protocol strict --frame field --size $size | tee -a "$out/log"
  vcem split "$work/prepared" --protocol strict --folds 5 --seed 0 | tee -a "$out/log"
fi

train() { # recipe, seconds, settings; one that is stopped goes on with the same command and is not scored here
  local recipe=$1 seconds=$2 rc=0
  shift 2
  say "training $recipe, at most $seconds s"
  timeout --signal=INT "$seconds" "$python" -m vcem.cli.main train "$recipe" --data "$work/prepared" --fold 0 \
    --out "$work/runs" --device "$device" --checkpoint-steps 10 "$@" >> "$out/log" 2>&1 || rc=$?
  say "ended with $rc: $(tail -n 1 "$out/log" | cut -c1-160)"
}
train recipes/strict/resunet.toml "${RESUNET_S:-300}" "${resunet[@]}"
train recipes/strict/cyclegan.toml "${CYCLEGAN_S:-300}" "${cyclegan[@]}"

say "scores"
for run in "$work"/runs/*/fold-00; do
  cp "$run/log.jsonl" "$out/$(basename "$(dirname "$run")").jsonl"
  grep -q '"finished": true' "$run/run.json" || continue
  vcem predict "$run" --data "$work/prepared" --device "$device" | tee -a "$out/log"
  vcem score "$run/predictions" --data "$work/prepared" --device "$device" | tee -a "$out/log"
done
vcem report "$work/runs" --out "$work/report" | tee -a "$out/log"
cp "$work/report/index.html" "$out/"
say "done"
