import Measurement
import Statistics
import Tensors
import Units

/// Sequential reading from the disk under a folder, in two ways that the page cache can't fake.
struct DiskMeasurement {
  let folder: String
  let clock: any Clock

  /// Bytes written and read again; less where writing them takes too long.
  static let size = 256 << 20
  /// Seconds after which the file is large enough.
  static let writeLimit = 3.0
  static let repetitions = 3

  /// `disk_read` (O_DIRECT) and `disk_read_mmap` (a mapping of the evicted file).
  func ceilings(progress: (Double) -> Void) -> [Ceiling] {
    do {
      let start = clock.nanoseconds()
      let file = try DiskProbeFile(folder: folder, size: Self.size) {
        Double(clock.nanoseconds() - start) * 1e-9 > Self.writeLimit
      }
      return measured(file, progress: progress)
    } catch {
      return ["disk_read", "disk_read_mmap"].map {
        .unavailable($0, unit: "B/s", because: error.description)
      }
    }
  }

  private func measured(_ file: DiskProbeFile, progress: (Double) -> Void) -> [Ceiling] {
    var direct = Result<Sample, StorageError>.success(Sample())
    var mapped = direct
    for repetition in 0..<Self.repetitions {
      direct = observe(direct) { () throws(StorageError) in try file.readDirect() }
      mapped = observe(mapped, before: file.evict) { () throws(StorageError) in
        try file.readMapped()
      }
      progress(Double(repetition + 1) / Double(Self.repetitions))
    }
    return [ceiling("disk_read", direct), ceiling("disk_read_mmap", mapped)]
  }

  /// Adds the rate of one reading to `sample`, unless an earlier one failed.
  private func observe(
    _ sample: Result<Sample, StorageError>, before: () throws(StorageError) -> Void = {},
    _ read: () throws(StorageError) -> Int
  ) -> Result<Sample, StorageError> {
    sample.flatMap { sample in
      do throws(StorageError) {
        try before()
        let start = clock.nanoseconds()
        let bytes = try read()
        var longer = sample
        longer.append(Double(bytes) / (Double(clock.nanoseconds() - start) * 1e-9))
        return .success(longer)
      } catch {
        return .failure(error)
      }
    }
  }

  private func ceiling(_ name: String, _ result: Result<Sample, StorageError>) -> Ceiling {
    switch result {
    case .success(let sample): Ceiling(name: name, unit: "B/s", threads: 1, sample: sample)
    case .failure(let error): .unavailable(name, unit: "B/s", because: error.description)
    }
  }
}
