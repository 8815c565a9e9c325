#!/usr/bin/env bash
# Installs torch into the environment of $PIP, and says which build before it loads anything. Called by make.
#   auto    the CPU build where pip finds it; else what the package index has
#   cpu     the CPU build or nothing
#   index   what the package index has: on Linux with an x86-64 processor the build for NVIDIA's GPUs
# pip looks for the CPU build in the folder that PIP_FIND_LINKS names, and where PyTorch keeps it.
set -euo pipefail
cd "$(dirname "$0")"
choice=$1
version=$(sed -n 's/^torch==//p' constraints.txt)
where=${TORCH_CPU_INDEX:-https://download.pytorch.org/whl/cpu}

cpu_build() { # the index has no build of this name, so the rest of what torch needs comes later, with vcem
  "$PIP" install --quiet --retries 0 --timeout 10 --no-deps --index-url "$where" "torch==$version+cpu"
}

index_build() { "$PIP" install --quiet --constraint constraints.txt torch; }

case "$choice-$(uname -sm)" in
  index-*) index_build ;;
  *-"Linux x86_64")
    echo "torch $version: looking for the CPU build (0.2 GB to load) in ${PIP_FIND_LINKS:-no local folder} and at $where"
    if cpu_build 2>/dev/null; then exit; fi
    if [ "$choice" = cpu ]; then
      echo "No CPU build of torch $version was found there, and the package index has none for Linux." >&2
      echo "Set PIP_FIND_LINKS to a folder that holds torch-$version+cpu-*.whl, TORCH_CPU_INDEX to a mirror of PyTorch's" >&2
      echo "index, or choose make TORCH=index: the build for NVIDIA's GPUs, which runs without one too (2.7 GB to load)." >&2
      exit 1
    fi
    echo "None found. Loading the package index's build for NVIDIA's GPUs: 2.7 GB, 4.8 GB on disk. Ctrl-C stops it." >&2
    index_build ;;
  *) index_build ;; # elsewhere the index holds the CPU build
esac
