#include "training/evaluation/prediction.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "data/sampler.h"
#include "parallel/denormals.h"
#include "parallel/engine.h"
#include "training/evaluation/evaluation.h"

namespace glissade {
namespace {

// Multiplications that one thread does while the engine wakes (some 20 µs).
constexpr size_t kProductsOfOneThread = 1 << 20;
constexpr size_t kSmallRows = 16;
// Numbers of all members' workspaces, of a layer or of converted weights, up to which they are kept.
constexpr size_t kKeptNumbers = size_t{1} << 18;

/// Predicts the rows of a dataset in their order.
template <typename Real>
class Prediction {
 public:
  Prediction(const Network<Real>& network, const Real* parameters, const Dataset& data, Real* outputs)
      : parameters_(parameters),
        network_(network),
        data_(data),
        order_(data, Sampler::Order::sequential, 0),
        outputs_(outputs) {
    order_.startEpoch(0);
  }

 protected:
  /// Predicts rows from `at` on, `most` at most. All members that share the workspace call this together.
  void predict(const Member& member, Workspace<Real>& workspace, size_t at, size_t most) {
    const size_t count = std::min(most, order_.size() - at);
    workspace.gather(member, data_, order_.rows() + at, count);
    member.barrier();
    workspace.forward(member, {count}, {parameters_, nullptr},
                      {outputs_ + at * network_.positions() * network_.outputs(), nullptr});
  }

  /// Whether any rows are left at `next`. The first member calls `goOn` before those are predicted.
  bool isLeft(size_t next) const { return next < order_.size(); }
  void goOn(size_t next) { isLeft(next) ? void(order_.from(next, 1)) : order_.finish(); }

  const Real* const parameters_;

 private:
  const Network<Real>& network_;
  const Dataset& data_;
  Sampler order_;
  Real* const outputs_;
};

/// A prediction, a block of rows at a time, which all members predict together.
template <typename Real>
class SharedPrediction : public Prediction<Real> {
 public:
  SharedPrediction(const Network<Real>& network, const Real* parameters, const Dataset& data, Real* outputs,
                   Workspace<Real>& workspace)
      : Prediction<Real>(network, parameters, data, outputs), workspace_(workspace) {}

  /// Predicts the next block. All members call this together. It returns whether any are left.
  bool advance(const Member& member) {
    if (next_ == 0) {
      workspace_.refresh(member, this->parameters_);
      member.barrier();
    }
    this->predict(member, workspace_, next_, workspace_.rows());
    if (member.isFirst()) this->goOn(next_ += workspace_.rows());
    member.barrier();
    return this->isLeft(next_);
  }

 private:
  Workspace<Real>& workspace_;
  size_t next_ = 0;
};

/// A prediction in which each member predicts blocks of rows alone, in a workspace of its own. No member reads what
/// another writes, and none waits for the others before the end.
template <typename Real>
class DividedPrediction : public Prediction<Real> {
 public:
  DividedPrediction(const Network<Real>& network, const Real* parameters, const Dataset& data, Real* outputs,
                    std::vector<Workspace<Real>>& workspaces, size_t block)
      : Prediction<Real>(network, parameters, data, outputs),
        workspaces_(workspaces),
        isRefreshed_(workspaces.size()),
        block_(block) {}

  /// Predicts blocks for a while. All members call this together. It returns whether any are left. The team may have
  /// grown since the workspaces were made: further members get no blocks.
  bool advance(const Member& member) {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + kSlice;
    while (member.index() < workspaces_.size() && predictNext(member.index()) && Clock::now() < end)
      ;
    member.barrier();
    const size_t next = next_;
    if (member.isFirst()) this->goOn(next);
    return this->isLeft(next);
  }

 private:
  static constexpr std::chrono::milliseconds kSlice{2};

  bool predictNext(size_t member) {
    const size_t at = next_.fetch_add(block_);
    if (!this->isLeft(at)) return false;
    const Member alone(0, 1);
    if (!isRefreshed_[member]) workspaces_[member].refresh(alone, this->parameters_);
    isRefreshed_[member] = true;
    this->predict(alone, workspaces_[member], at, block_);
    return true;
  }

  std::vector<Workspace<Real>>& workspaces_;
  std::vector<char> isRefreshed_;  // by member
  const size_t block_;
  std::atomic<size_t> next_{0};
};

/// How many rows each member predicts at a time, in a workspace of its own; 0 if all members should predict them
/// together. A member alone reads all weights, which takes about as long as multiplying eight rows by them while they
/// are near its cache, and rounds them to bfloat16, which takes as long as multiplying 32 rows.
template <typename Real>
size_t rowsOfMember(const Network<Real>& network, size_t rows, size_t members, Precision precision) {
  constexpr size_t kMost = 42, kLeast = 8, kNumbers = size_t{1} << 22, kParameters = size_t{1} << 20;
  const size_t fitting = kNumbers / members / network.widest();
  if (network.parameterCount() > kParameters || fitting < kLeast) return 0;
  const size_t most = std::min(fitting, kMost);
  const bool pays = precision == Precision::full ? rows >= members * std::min<size_t>(most, 32) : rows >= members * 256;
  if (!pays) return 0;
  const size_t rounds = ceilingOf(rows, members * most), paired = ParameterMatrices::kPaired;
  return ceilingOf(ceilingOf(rows, members * rounds), paired) * paired;
}

/// Makes workspaces for members, unless the kept ones serve.
template <typename Real>
void makeWorkspaces(const Network<Real>& network, const Kernels& table, size_t rows, size_t members,
                    Precision precision, std::vector<Workspace<Real>>& workspaces) {
  if (workspaces.size() >= members && workspaces[0].rows() >= rows && workspaces[0].serves(table, precision)) return;
  workspaces.clear();
  workspaces.reserve(members);
  while (workspaces.size() < members) workspaces.emplace_back(network, table, rows, Use::forward, precision);
}

}  // namespace

template <typename Real>
void predict(const Network<Real>& network, const Real* parameters, const Dataset& data, Real* outputs,
             Precision precision, PredictionMemory<Real>& memory) {
  const Kernels& table = kernels();
  const size_t rows = data.rows();
  if (rows <= kSmallRows && rows * network.workOfExample() <= kProductsOfOneThread) {
    if (!memory.few || !memory.few->serves(table, precision))
      memory.few = std::make_unique<Workspace<Real>>(network, table, kSmallRows, Use::forward, precision);
    const FlushDenormals flush;
    SharedPrediction<Real>(network, parameters, data, outputs, *memory.few).advance(Member(0, 1));
    return;
  }
  Engine& engine = Engine::instance();
  const size_t members = engine.threads();
  if (const size_t block = rowsOfMember(network, rows, members, precision)) {
    makeWorkspaces(network, table, block, members, precision, memory.ofMembers);
    DividedPrediction<Real> prediction(network, parameters, data, outputs, memory.ofMembers, block);
    engine.runForCaller([&](const Member& member) { return prediction.advance(member); });
    const size_t numbers = members * block * network.widest();
    const size_t converted = precision == Precision::full ? 0 : members * network.parameterCount();
    if (std::max(numbers, converted) > kKeptNumbers) memory.ofMembers.clear();
    return;
  }
  Workspace<Real> workspace(network, table, std::min(network.forwardRows(), rows), Use::forward, precision);
  workspace.setTeamSize(members);
  SharedPrediction<Real> prediction(network, parameters, data, outputs, workspace);
  engine.runForCaller([&](const Member& member) { return prediction.advance(member); });
}

template void predict(const Network<float>&, const float*, const Dataset&, float*, Precision, PredictionMemory<float>&);
template void predict(const Network<double>&, const double*, const Dataset&, double*, Precision,
                      PredictionMemory<double>&);

}  // namespace glissade
