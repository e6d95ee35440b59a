#include "training/prediction.h"

#include <algorithm>

#include "data/sampler.h"
#include "parallel/denormals.h"
#include "parallel/engine.h"
#include "training/evaluation.h"

namespace glissade {
namespace {

// Multiplications that one thread does while the engine wakes (some 20 µs).
constexpr size_t kProductsOfOneThread = 1 << 20;
constexpr size_t kSmallRows = 16;

/// A prediction, a block of rows at a time.
template <typename Real>
class Prediction {
 public:
  Prediction(const Network<Real>& network, const Real* parameters, const Dataset& data, Workspace<Real>& workspace,
             Real* outputs)
      : network_(network),
        parameters_(parameters),
        data_(data),
        order_(data, Sampler::Order::sequential, 0),
        workspace_(workspace),
        outputs_(outputs) {
    order_.startEpoch(0);
  }

  /// Predicts the next block. All members call this together. It returns whether any are left.
  bool advance(const Member& member) {
    const size_t count = std::min(workspace_.rows(), order_.size() - next_);
    if (next_ == 0) {
      workspace_.refresh(member, parameters_);
      member.barrier();
    }
    workspace_.gather(member, data_, order_.rows() + next_, count);
    member.barrier();
    workspace_.forward(member, {count}, {parameters_, nullptr}, {outputs_ + next_ * network_.outputs(), nullptr});
    if (member.isFirst()) {
      next_ += count;
      if (next_ < order_.size()) {
        order_.from(next_, 1);
      } else {
        order_.finish();
      }
    }
    member.barrier();
    return next_ < order_.size();
  }

 private:
  const Network<Real>& network_;
  const Real* parameters_;
  const Dataset& data_;
  Sampler order_;
  Workspace<Real>& workspace_;
  Real* outputs_;
  size_t next_ = 0;
};

}  // namespace

template <typename Real>
void predict(const Network<Real>& network, const Real* parameters, const Dataset& data, Real* outputs,
             Precision precision, std::unique_ptr<Workspace<Real>>& small) {
  const Kernels& table = kernels();
  if (data.rows() <= kSmallRows && data.rows() * network.workOfExample() <= kProductsOfOneThread) {
    if (!small || !small->serves(table, precision))
      small = std::make_unique<Workspace<Real>>(network, table, kSmallRows, Use::forward, precision);
    const FlushDenormals flush;
    Prediction<Real>(network, parameters, data, *small, outputs).advance(Member(0, 1));
    return;
  }
  Workspace<Real> workspace(network, table, std::min(network.forwardRows(), data.rows()), Use::forward, precision);
  workspace.setTeamSize(Engine::instance().threads());
  Prediction<Real> prediction(network, parameters, data, workspace, outputs);
  Engine::instance().runForCaller([&](const Member& member) { return prediction.advance(member); });
}

template void predict(const Network<float>&, const float*, const Dataset&, float*, Precision,
                      std::unique_ptr<Workspace<float>>&);
template void predict(const Network<double>&, const double*, const Dataset&, double*, Precision,
                      std::unique_ptr<Workspace<double>>&);

}  // namespace glissade
