import Capacity
import Units

/// The figures that answer the question asked: the run's, or with `--train` the training run's.
struct Answer {
  let verdict: Verdict
  let ledger: MemoryLedger
  let required: Bytes
  let budget: Bytes
  let headroom: Bytes

  init(_ assessment: Assessment) {
    if let training = assessment.training {
      verdict = training.verdict
      ledger = training.ledger
      required = training.required
      budget = training.budget
      headroom = training.headroom
    } else {
      verdict = assessment.verdict
      ledger = assessment.ledger
      required = assessment.required
      budget = assessment.budget
      headroom = assessment.headroom
    }
  }
}
