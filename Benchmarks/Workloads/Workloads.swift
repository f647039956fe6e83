import Harness

/// Everything that `plimsoll run` measures: one file each beside this one, the cost card first.
public enum Workloads {
  /// All of them, in the order of a report.
  public static let all: [any Workload] = [
    MatMul(),
    Gemv(),
    Attend(),
    Experts(),
    Decode(),
    Memory(),
    ModelWalk(),
  ]
}
