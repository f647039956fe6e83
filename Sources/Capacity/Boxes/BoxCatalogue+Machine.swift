extension BoxCatalogue {
  /// The entry of a whole machine, known by its processor's name (`AMD EPYC 9654 96-Core Processor`) or the
  /// name it is sold under (`Raspberry Pi 5 Model B`); nil where none is, or none of a processor.
  ///
  /// An entry's own words, what stands in brackets left out, have to follow one another in one of the two names.
  /// Of several, as of one chip with more or fewer cores, the one of the lowest bandwidth: nobody is to be called
  /// slow by another's datasheet.
  public func entry(processor: String?, product: String?) -> DeviceEntry? {
    let names = [processor, product].compactMap(\.self).map(words)
    let known = entries.filter { entry in
      let own = words(entry.name.prefix { $0 != "(" && $0 != "," })
      return !own.isEmpty && [.processor, .integrated, .apple].contains(entry.deviceClass)
        && names.contains { $0.contains(own) && variants.intersection($0).isSubset(of: own) }
    }
    return known.min { $0.bandwidthGBs < $1.bandwidthGBs }
  }
}

extension DeviceClass {
  /// The least share of the datasheet's bandwidth that the processor of a healthy box reads at.
  ///
  /// Half of what is sold, where memory is the processor's alone: healthy ones reach 0.70 to 0.90 (`readShare`).
  /// Where an accelerator shares it, processors alone don't get all (those of an M1 Max 0.51 to 0.6, AnandTech
  /// 2021): a quarter.
  public var leastProcessorShare: Double { self == .processor ? 0.5 : 0.25 }
}

/// Words that make another chip of a name.
private let variants: Set<String> = ["pro", "max", "ultra"]

/// Letters and digits by words, in lower case.
private func words(_ name: some StringProtocol) -> [String] {
  name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
}
