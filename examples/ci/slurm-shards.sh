#!/usr/bin/env bash
# One shard a task of an array. WEIR is the program, built where all nodes see it; SHARDS a folder that all of them see.
#   job=$(sbatch --parsable slurm-shards.sh)
#   sbatch --dependency="afterany:$job" slurm-merge.sh
# One of them again: SHARDS_IN_ALL=16 sbatch --array=7 slurm-shards.sh
#SBATCH --job-name=weir
#SBATCH --array=1-16
#SBATCH --cpus-per-task=2
#SBATCH --time=00:40:00
#SBATCH --output=weir-%a.log
set -u
shards=${SHARDS:-shards}
here=$shards/$SLURM_ARRAY_TASK_ID
mkdir -p "$here" || exit 3
# Tasks count from 1, as shards do.
exec "${WEIR:-build/release/bin/weir}" check --budget 20m --jobs "${SLURM_CPUS_PER_TASK:-1}" \
  --shard "$SLURM_ARRAY_TASK_ID/${SHARDS_IN_ALL:-$SLURM_ARRAY_TASK_COUNT}" --json "$here/results.json" --findings "$here/findings"
