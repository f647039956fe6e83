import Measurement

/// Probes that share buffers, and a check of what they computed.
struct ProbeGroup {
  /// What is measured.
  let probes: [Probe]
  /// Compares the buffers that were timed with the Double oracle: nil when they agree, else what
  /// was wrong. Run after the rounds.
  let verify: () -> String?

  init(_ probes: [Probe], verify: @escaping () -> String? = { nil }) {
    self.probes = probes
    self.verify = verify
  }
}

/// The numbers of threads worth measuring: 1, powers of two, and all of `available`.
func threadCounts(upTo available: Int) -> [Int] {
  var counts: [Int] = []
  var next = 1
  while next < available {
    counts.append(next)
    next *= 2
  }
  return counts + [max(available, 1)]
}
