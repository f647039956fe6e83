import Capacity
import Models

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  fuzzer.run(UnsafeBufferPointer(start: bytes, count: count))
  return 0
}

private let fuzzer = ReaderFuzzer(arguments: CommandLine.arguments)

/// Reads each input as a file of one format, the way `plimsoll check` does, and judges what was read.
///
/// A trap, a failed precondition, what AddressSanitizer sees and what passes libFuzzer's limits are
/// finds. libFuzzer leaves arguments with two dashes to us: `--format=NAME --folder=PATH`.
struct ReaderFuzzer: Sendable {
  /// Which reader gets the inputs.
  enum Format: String {
    case gguf
    case safetensors
    case config
    case index

    /// The name by which `ModelReader` knows the format.
    var fileName: String {
      switch self {
      case .gguf: "model.gguf"
      case .safetensors: "model.safetensors"
      case .config: "config.json"
      case .index: "model.safetensors.index.json"
      }
    }

    /// Whether a file of the format holds the tensors itself.
    var hasTensors: Bool { self == .gguf || self == .safetensors }
  }

  private let format: Format
  private let path: String
  private let box: Box

  private static let questions = [
    CheckSettings(),
    CheckSettings(
      context: 1 << 31, batch: 4, runtime: .vllm, training: TrainingSettings(method: .qlora)),
  ]

  init(arguments: [String]) {
    func value(_ option: String) -> String? {
      arguments.first { $0.hasPrefix(option) }.map { String($0.dropFirst(option.count)) }
    }
    guard let format = value("--format=").flatMap(Format.init), let folder = value("--folder=")
    else { Self.end("expected --format=gguf|safetensors|config|index and --folder=PATH") }
    do throws(CapacityError) {
      box = try BoxCatalogue.builtIn().find("dgx-spark")
    } catch { Self.end(error.description) }
    self.format = format
    path = "\(folder)/\(format.fileName)"
  }

  private static func end(_ reason: String) -> Never {
    _ = "ReaderFuzzer: \(reason)\n".withCString { write(STDERR_FILENO, $0, strlen($0)) }
    exit(64)
  }

  /// Reads `input` as it is, and where that is refused, once more with its lengths put right.
  func run(_ input: UnsafeBufferPointer<UInt8>) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    let written = write(descriptor, input.baseAddress, input.count)
    precondition(written == input.count, "\(path) can't be written")
    if !isRead(), mend(descriptor, input) { _ = isRead() }
    close(descriptor)
  }

  /// Whether the file is read as a model. What is read must add up, a refusal be one for people.
  private func isRead() -> Bool {
    do throws(ModelError) {
      let model = try ModelReader.read(path)
      if format.hasTensors { requireSense(model) }
      let candidates = Quantisation.ladder.lazy.map { model.requantised(to: $0) }
      for settings in Self.questions {
        _ = Capacity.assess(model: model, box: box, settings: settings, candidates: candidates)
      }
      return true
    } catch {
      let isAboutOtherFiles = error.kind == .notFound || error.kind == .unreadable
      precondition(error.kind != .usage && (format == .index || !isAboutOtherFiles))
      precondition(error.description.count < 4000)
      precondition(!error.description.contains { $0.isNewline || $0 == "\u{1B}" })
      return false
    }
  }

  /// Requires that each name stands for one tensor, and that all of them fit the file.
  private func requireSense(_ model: Model) {
    var status = stat()
    precondition(stat(path, &status) == 0)
    var stored = 0
    for tensor in model.tensors { stored += tensor.bytes }
    precondition(stored <= Int(status.st_size), "more tensors than file")
    precondition(Set(model.tensors.map(\.name)).count == model.tensors.count, "a name twice")
  }

  /// Makes the lengths of a refused file agree with its header, so that mutants get past the checks
  /// of lengths; false when there is nothing to be done. The file becomes a sparse one.
  private func mend(_ descriptor: CInt, _ input: UnsafeBufferPointer<UInt8>) -> Bool {
    switch format {
    case .gguf: return ftruncate(descriptor, 1 << 62) == 0
    case .safetensors:
      guard let brace = input.lastIndex(of: UInt8(ascii: "}")), brace >= 8 else { return false }
      var length = UInt64(brace - 7).littleEndian
      let end = brace + 1 + largestNumber(in: input[8...brace])
      return pwrite(descriptor, &length, 8, 0) == 8 && ftruncate(descriptor, off_t(end)) == 0
    case .config, .index: return false
    }
  }

  /// The largest number in a text, at most 2⁶²: in a sound header, where the last tensor ends.
  private func largestNumber(in text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    var (largest, number) = (0, 0)
    for byte in text {
      let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
      number = isDigit ? min(number, 1 << 58) * 10 + Int(byte & 15) : 0
      largest = max(largest, min(number, 1 << 62))
    }
    return largest
  }
}
