#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension MappedFile {
  /// What the kernel is told about how the bytes will be read.
  public enum Advice: String, Sendable, CaseIterable {
    /// Nothing special: moderate read-ahead.
    case normal
    /// Front to back: more read-ahead, pages dropped soon after.
    case sequential
    /// In no order: no read-ahead.
    case random
    /// All of it, soon: read-ahead now, without waiting for it.
    case willNeed = "willneed"
    /// No more of it: mapped pages are dropped, the page cache keeps its own.
    case dontNeed = "dontneed"
    /// All of it, now: returns when every page is mapped. Linux 5.14 and later.
    case populate
    /// Transparent huge pages, where the file system has them.
    case hugePage = "hugepage"
  }

  /// Gives `advice` on the pages of `range`, or on the whole file.
  ///
  /// Errors: `.refused` for a range outside of the file, and when the kernel or the file system does
  /// not know such advice.
  public func advise(_ advice: Advice, in range: Range<Int>? = nil) throws(StorageError) {
    guard let (address, length) = try pages(of: range) else { return }
    guard let number = advice.number else {
      throw StorageError(
        .refused, "this system has no advice '\(advice.rawValue)'; choose another policy")
    }
    guard madvise(address, length, number) == 0 else {
      throw .system(.refused, "the system refused the advice '\(advice.rawValue)' on '\(path)'")
    }
  }

  /// Keeps the whole file in memory, reading all of it now, until the object goes.
  ///
  /// Errors: `.refused` beyond `ulimit -l` or what memory holds.
  public func lock() throws(StorageError) {
    guard let (address, length) = try pages(of: nil) else { return }
    guard mlock(address, length) == 0 else {
      throw .system(
        .refused, "the system refused to lock \(length) bytes of '\(path)' (see ulimit -l)")
    }
  }
}

extension MappedFile.Advice {
  /// The kernel's number; nil where it has no such advice.
  fileprivate var number: Int32? {
    switch self {
    case .normal: Int32(MADV_NORMAL)
    case .sequential: Int32(MADV_SEQUENTIAL)
    case .random: Int32(MADV_RANDOM)
    case .willNeed: Int32(MADV_WILLNEED)
    case .dontNeed: Int32(MADV_DONTNEED)
    #if os(Linux)
      case .populate: Int32(MADV_POPULATE_READ)
      case .hugePage: Int32(MADV_HUGEPAGE)
    #else
      case .populate, .hugePage: nil
    #endif
    }
  }
}
