import Hardware
import Kernels
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `nvidia-smi`, which comes with NVIDIA's driver and needs no privilege: names and memory of its cards.
public struct NvidiaSMI: Sendable {
  private let path: String

  /// The first `nvidia-smi` that can be executed in the folders of `searchPath` (the variable `PATH`); nil
  /// where there is none.
  public init?(searchPath: String) {
    guard let path = executable("nvidia-smi", in: searchPath) else { return nil }
    self.path = path
  }

  /// What it is asked.
  static let arguments = [
    "--query-gpu=pci.bus_id,name,memory.total", "--format=csv,noheader,nounits",
  ]

  /// Its cards.
  ///
  /// Errors: those of starting it; `.failed` when it ended with an exit code (no driver), took more than
  /// 20 s or printed more than a megabyte.
  public func accelerators() throws(ProviderError) -> [Accelerator] {
    let program = ServedProgram(
      path: path, arguments: Self.arguments, subject: "nvidia-smi", isQuiet: true, isHeard: true)
    let process = try ServedProcess(program, isInterrupted: { false })
    return Self.accelerators(
      in: try process.output(within: 20, atMost: 1 << 20, while: "while listing its cards"))
  }

  /// The cards in its table: address, name, MiB. Where processor and card share one memory (GB10) the
  /// last field reads `[N/A]` or `Not Supported`.
  static func accelerators(in table: [UInt8]) -> [Accelerator] {
    table.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = String(decoding: line, as: UTF8.self).split(separator: ",").map(trimmed)
      guard fields.count == 3, !fields[1].isEmpty else { return nil }
      // Its domains have eight digits, those of sysfs four.
      let address = fields[0].lowercased()
      let short = address.count == 16 ? String(address.dropFirst(4)) : address
      let memory = Int(fields[2]).flatMap { (1...1 << 30).contains($0) ? Bytes($0 << 20) : nil }
      return Accelerator(address: short, vendor: "NVIDIA", name: fields[1], memory: memory)
    }
  }

  private static func trimmed(_ field: Substring) -> String {
    let start = field.drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " || $0 == "\r" }.reversed())
  }
}

extension Accelerator {
  /// What the system lists, completed by what NVIDIA's own program knows of its cards.
  public static func found(
    files: SystemFiles = .live, searchPath: String
  ) -> [Accelerator] {
    let listed = read(from: files)
    guard let program = NvidiaSMI(searchPath: searchPath),
      // Without a driver it ends with an exit code, and the system's list stands.
      let told = try? program.accelerators()
    else { return listed }
    let others = listed.filter { card in !told.contains { $0.address == card.address } }
    return (told + others).sorted { $0.address < $1.address }
  }
}
