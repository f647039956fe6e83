import Kernels
import Statistics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `llama-bench`, llama.cpp's own benchmark: what that runtime really reaches with a file on this box.
public struct LlamaBench: Sendable {
  /// Where the program is.
  public let path: String

  /// The first `llama-bench` that can be executed in the folders of `searchPath` (the variable `PATH`); nil
  /// where there is none.
  public init?(searchPath: String) {
    guard let path = executable("llama-bench", in: searchPath) else { return nil }
    self.path = path
  }

  /// Where llama.cpp computes.
  public enum Device: Sendable {
    /// On processors alone, whatever else the program was built for.
    case processors
    /// On the first accelerator that it finds, all layers of it.
    case accelerator

    fileprivate var arguments: [String] {
      switch self {
      case .processors: ["-dev", "none", "-ngl", "0"]
      case .accelerator: ["-sm", "none", "-ngl", "99"]
      }
    }
  }

  /// What it is asked to time.
  public struct Task: Sendable, Equatable {
    /// The model's file.
    public var file: String
    /// Prompt tokens to read; 0 for none.
    public var prompt: Int
    /// Tokens to write one after the other; 0 for none.
    public var generated: Int
    /// Tokens in the cache beforehand.
    public var depth: Int
    /// Prompt tokens worked on at once.
    public var microBatch: Int
    /// How keys and values are stored, in its spelling.
    public var cacheType: String
    /// Whether attention runs without holding its scores.
    public var flashAttention: Bool
    /// Threads.
    public var threads: Int
    /// Where it runs.
    public var device: Device

    /// Memberwise.
    public init(
      file: String, prompt: Int, generated: Int, depth: Int, microBatch: Int, cacheType: String,
      flashAttention: Bool, threads: Int, device: Device = .processors
    ) {
      self.file = file
      self.prompt = prompt
      self.generated = generated
      self.depth = depth
      self.microBatch = microBatch
      self.cacheType = cacheType
      self.flashAttention = flashAttention
      self.threads = threads
      self.device = device
    }

    /// The arguments, three times over.
    public var arguments: [String] {
      [
        "-m", file, "-p", "\(prompt)", "-n", "\(generated)", "-d", "\(depth)", "-ub",
        "\(microBatch)", "-ctk", cacheType, "-ctv", cacheType, "-fa",
        flashAttention ? "1" : "0", "-t", "\(threads)", "-r", "3", "-o", "jsonl",
      ] + device.arguments
    }

    /// What a person types for the same.
    public var command: String {
      (["llama-bench"] + arguments.map(Self.quoted)).joined(separator: " ")
    }

    private static func quoted(_ argument: String) -> String {
      let isPlain = argument.allSatisfy { $0.isLetter || $0.isNumber || "._-/=:".contains($0) }
      return isPlain
        ? argument
        : "'"
          + argument.split(separator: "'", omittingEmptySubsequences: false)
          .joined(separator: #"'\''"#) + "'"
    }
  }

  /// One rate that it measured.
  public struct Rate: Sendable, Equatable {
    /// Prompt tokens; 0 where tokens were written.
    public var prompt: Int
    /// Tokens in the cache beforehand.
    public var depth: Int
    /// Tokens per second: the median of its repetitions, with the slowest and the fastest.
    public var tokensPerSecond: Estimate
  }

  /// Runs `task`.
  ///
  /// Errors: those of starting the program; `.failed` when it ended with an exit code, printed what is no
  /// result of its own, or took more than an hour; `.interrupted`.
  public func measure(
    _ task: Task, isInterrupted: @escaping () -> Bool
  ) throws(ProviderError) -> [Rate] {
    let program = ServedProgram(
      path: path, arguments: task.arguments, subject: "llama-bench", isQuiet: true, isHeard: true)
    let process = try ServedProcess(program, isInterrupted: isInterrupted)
    let output = try process.output(
      within: 3600, atMost: 1 << 20, while: "while running \(task.command)")
    return try Self.rates(output)
  }

  /// The rates in lines of JSON that it printed.
  static func rates(_ output: [UInt8]) throws(ProviderError) -> [Rate] {
    struct Line: Decodable {
      var nPrompt: Int
      var nDepth: Int
      var samplesTs: [Double]
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      let rates = try output.split(separator: UInt8(ascii: "\n")).map { text in
        let line = try decoder.decode(Line.self, from: Data(text))
        return (line, Sample(line.samplesTs.filter { $0 > 0 && $0.isFinite }))
      }
      let known = rates.compactMap { line, sample -> Rate? in
        guard let median = sample.median, let low = sample.quantile(0),
          let high = sample.quantile(1)
        else { return nil }
        return Rate(
          prompt: line.nPrompt, depth: line.nDepth,
          tokensPerSecond: Estimate(value: median, low: low, high: high))
      }
      guard !known.isEmpty else { throw ProviderError(.failed, "llama-bench printed no rate") }
      return known
    } catch let error as ProviderError {
      throw error
    } catch {
      throw ProviderError(
        .failed, "llama-bench printed what can't be read as its -o jsonl: \(error)")
    }
  }
}
