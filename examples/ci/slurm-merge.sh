#!/usr/bin/env bash
# Puts together what slurm-shards.sh left, also when some of its tasks failed or were killed: merge says which are missing.
#SBATCH --job-name=weir-merge
#SBATCH --time=00:05:00
#SBATCH --output=weir-merge.log
exec "${WEIR:-build/release/bin/weir}" merge "${SHARDS:-shards}" -o "${OUT:-weir-whole}"
