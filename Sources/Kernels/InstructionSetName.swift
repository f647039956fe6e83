import CShims

/// The instruction sets that kernels are compiled for.
public enum InstructionSetName: String, CaseIterable, Sendable, Codable {
  /// What every CPU of the architecture has: SSE2 on x86-64.
  case baseline
  /// AVX2 with FMA and F16C (x86-64, 2013 on).
  case avx2
  /// AVX-512 F, BW, VL, DQ and VNNI (x86-64).
  case avx512
  /// NEON, which every arm64 CPU has.
  case neon

  /// Whether this CPU and this operating system run it.
  ///
  /// Source: Intel SDM volume 2, CPUID; volume 1, §13.3 (the state that XCR0 enables).
  public var isSupported: Bool {
    switch self {
    case .baseline: return true
    case .avx2, .avx512:
      #if arch(x86_64)
        return self == .avx2 ? Self.hasAVX2 : Self.hasAVX2 && Self.hasAVX512
      #else
        return false
      #endif
    case .neon:
      #if arch(arm64)
        return true
      #else
        return false
      #endif
    }
  }

  #if arch(x86_64)
    private static func state(enables bits: UInt64) -> Bool {
      let osxsave = cpuid_query(1, 0).ecx >> 27 & 1 == 1
      return osxsave && cpuid_enabled_state() & bits == bits
    }

    private static var hasAVX2: Bool {
      let (fma, f16c): (UInt32, UInt32) = (1 << 12, 1 << 29)
      return state(enables: 0b110) && cpuid_query(1, 0).ecx & (fma | f16c) == fma | f16c
        && cpuid_query(7, 0).ebx >> 5 & 1 == 1
    }

    private static var hasAVX512: Bool {
      let wanted: UInt32 = 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31  // F, DQ, BW, VL
      let leaf = cpuid_query(7, 0)
      return state(enables: 0b1110_0110) && leaf.ebx & wanted == wanted && leaf.ecx >> 11 & 1 == 1
    }
  #endif
}
