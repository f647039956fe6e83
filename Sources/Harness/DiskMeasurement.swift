import Kernels
import Measurement
import Statistics
import Synchronization
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
  /// The interval of a median of six goes from the lowest to the highest of them: what one more may be.
  static let repetitions = 6
  /// Reads under way at a time, past the page cache: one alone leaves a fast disk idle in between.
  static let readers = 4

  /// `disk_read` (O_DIRECT, several reads under way) `disk_read_mmap` (a mapping of the evicted file), and
  /// `disk_read_mmap_reclaim` (the same while what was read is given up, as in a memory too small for it).
  func ceilings(progress: (Double) -> Void) -> [Ceiling] {
    do {
      let start = clock.nanoseconds()
      let file = try DiskProbeFile(folder: folder, size: Self.size) {
        Double(clock.nanoseconds() - start) * 1e-9 > Self.writeLimit
      }
      return measured(file, progress: progress)
    } catch {
      return ["disk_read", "disk_read_mmap", "disk_read_mmap_reclaim"].map {
        .unavailable($0, unit: "B/s", because: error.description)
      }
    }
  }

  private func measured(_ file: DiskProbeFile, progress: (Double) -> Void) -> [Ceiling] {
    var direct = Result<Sample, StorageError>.success(Sample())
    var (mapped, reclaimed) = (direct, direct)
    let pool = WorkerPool(threadCount: Self.readers)
    for repetition in 0..<Self.repetitions {
      direct = observe(direct) { () throws(StorageError) in
        try Self.readDirect(file, on: pool)
      }
      mapped = observe(mapped, before: file.evict) { () throws(StorageError) in
        try file.readMapped()
      }
      reclaimed = observe(reclaimed, before: file.evict) { () throws(StorageError) in
        try file.readMappedGivingUp()
      }
      progress(Double(repetition + 1) / Double(Self.repetitions))
    }
    return [
      ceiling("disk_read", direct, threads: pool.threadCount),
      ceiling("disk_read_mmap", mapped, threads: 1),
      ceiling("disk_read_mmap_reclaim", reclaimed, threads: 1),
    ]
  }

  /// Reads all of `file` past the page cache, a share on each thread; the bytes read.
  private static func readDirect(
    _ file: DiskProbeFile, on pool: WorkerPool
  ) throws(StorageError) -> Int {
    let results = Mutex<[Result<Int, StorageError>]>([])
    pool.run { reader, readers in
      let result = Result { () throws(StorageError) in
        try file.readDirect(reader: reader, of: readers)
      }
      results.withLock { $0.append(result) }
    }
    var total = 0
    for result in results.withLock({ $0 }) { total += try result.get() }
    return total
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

  private func ceiling(
    _ name: String, _ result: Result<Sample, StorageError>, threads: Int
  ) -> Ceiling {
    switch result {
    case .success(let sample): Ceiling(name: name, unit: "B/s", threads: threads, sample: sample)
    case .failure(let error): .unavailable(name, unit: "B/s", because: error.description)
    }
  }
}
