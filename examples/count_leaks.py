"""What a random split by image leaks when every patient has four images; made-up names, the paper's splits."""

from vcem.data.leaks import leaks
from vcem.data.splits import Member, paper_folds, strict_folds


def main():
    pairs = [f"P{patient}_{side}_{view}" for patient in range(1, 41) for side in "LR" for view in ("CC", "MLO")]
    members = [Member(pair, pair.split("_")[0], pair.split("_")[2]) for pair in pairs]
    for folds in (paper_folds(pairs), strict_folds(members, 10, seed=0)):
        counted = leaks(folds)
        tests = sum(leak.test for leak in counted)
        shared = sum(leak.test_pairs_with_shared_patient for leak in counted)
        different = len({pair for fold in folds.folds for pair in fold.test})
        text = f"{tests} tests of {different} pairs out of {len(pairs)}, {shared} with a training patient"
        print(f"{folds.protocol:7}{text}")


if __name__ == "__main__":
    main()
