extension JSONFields {
  /// The members of the object that is the whole of `json`; `file` stands in the messages.
  init(json: [UInt8], file: String) throws(ModelError) {
    var reader = JSONReader(json)
    let value: JSONValue
    do {
      value = try reader.value()
      try reader.finish()
    } catch {
      throw .malformed(file, at: error.offset, expected: error.expected, found: error.found)
    }
    try self.init(value, file: file)
  }
}
