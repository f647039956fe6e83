public import KernelAlgorithms
import KernelsAVX2
import KernelsAVX512
import KernelsBaseline
import KernelsNEON

/// The kernels of one instruction set that this CPU runs: the dispatch table.
@dynamicMemberLookup
public struct KernelTable: Sendable {
  /// What the kernels are compiled for.
  public let instructionSet: InstructionSetName
  private let kernels: KernelSet

  /// A family of kernels, as `table.matrices`.
  public subscript<Family>(dynamicMember family: KeyPath<KernelSet, Family>) -> Family {
    kernels[keyPath: family]
  }

  /// The tables this CPU can run, slowest first.
  public static let supported = InstructionSetName.allCases.compactMap(named)

  /// The fastest table this CPU can run.
  public static let best = supported.last ?? baseline

  /// The table of a name, or nil when this CPU can't run it.
  public static func named(_ name: InstructionSetName) -> KernelTable? {
    guard name.isSupported else { return nil }
    switch name {
    case .baseline: return baseline
    #if arch(x86_64)
      case .avx2: return avx2
      case .avx512: return avx512
    #elseif arch(arm64)
      case .neon: return neon
    #endif
    default: return nil
    }
  }

  /// The table that the environment variable `PLIMSOLL_ISA` names, or the best one without it.
  ///
  /// Errors: an unknown name, or a set this CPU doesn't have.
  public static func selected(
    environment: [String: String]
  ) throws(KernelError) -> KernelTable {
    guard let wish = environment["PLIMSOLL_ISA"], !wish.isEmpty else { return best }
    guard let table = InstructionSetName(rawValue: wish).flatMap(named) else {
      let names = supported.map(\.instructionSet.rawValue).joined(separator: ", ")
      throw KernelError(description: "PLIMSOLL_ISA is '\(wish)'; this CPU runs \(names)")
    }
    return table
  }

  private static let baseline = KernelTable(
    instructionSet: .baseline, kernels: KernelsBaseline.kernels)

  #if arch(x86_64)
    private static let avx2 = KernelTable(instructionSet: .avx2, kernels: KernelsAVX2.kernels)
    private static let avx512 = KernelTable(
      instructionSet: .avx512, kernels: KernelsAVX512.kernels)
  #elseif arch(arm64)
    private static let neon = KernelTable(instructionSet: .neon, kernels: KernelsNEON.kernels)
  #endif
}
