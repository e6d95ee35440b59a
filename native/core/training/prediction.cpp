#include "training/prediction.h"

#include <algorithm>
#include <vector>

#include "parallel/denormals.h"
#include "parallel/engine.h"
#include "training/evaluation.h"

namespace glissade {
namespace {

// Products that take about as long on one thread as waking the engine does (some 20 µs).
constexpr size_t kSmallWork = 1 << 20;
constexpr size_t kSmallRows = 16;

/// Predicts all rows, a block at a time. All members call this together.
template <typename Real>
void predictBlocks(const Network<Real>& network, const Kernels& table, const Member& member, const Real* parameters,
                   const Dataset& data, const std::vector<uint32_t>& rows, Real* inputs, Workspace<Real>& workspace,
                   Real* outputs) {
  const Table& from = *data.inputs;
  for (size_t first = 0; first < rows.size(); first += workspace.rows) {
    const size_t count = std::min(workspace.rows, rows.size() - first);
    const Range share = member.share(count);
    table.of<Real>().gather[static_cast<int>(from.format)](from.data.get(), from.scale, from.columns,
                                                           rows.data() + first, share.begin, share.end, inputs);
    member.barrier();
    const Real* const computed = network.forward(table, member, parameters, inputs, count, workspace);
    const size_t columns = network.outputs();
    std::copy(computed + share.begin * columns, computed + share.end * columns,
              outputs + (first + share.begin) * columns);
    member.barrier();
  }
}

}  // namespace

template <typename Real>
void predict(const Network<Real>& network, const Real* parameters, const Dataset& data, Real* outputs,
             std::unique_ptr<Workspace<Real>>& small) {
  std::vector<uint32_t> rows(data.rows());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = data.rowAt(i);
  const Kernels& table = kernels();
  if (rows.size() <= kSmallRows && rows.size() * network.parameterCount() <= kSmallWork) {
    if (!small) small = std::make_unique<Workspace<Real>>(network.allocate(kSmallRows, Layer<Real>::Use::forward));
    const FlushDenormals flush;
    Buffer<Real> inputs(rows.size() * network.inputs());
    predictBlocks(network, table, Member(0, 1), parameters, data, rows, inputs.data(), *small, outputs);
    return;
  }
  Workspace<Real> workspace = network.allocate(std::min(kForwardRows, rows.size()), Layer<Real>::Use::forward);
  Buffer<Real> inputs(workspace.rows * network.inputs());
  Engine::instance().run([&](const Member& member) {
    predictBlocks(network, table, member, parameters, data, rows, inputs.data(), workspace, outputs);
  });
}

template void predict(const Network<float>&, const float*, const Dataset&, float*, std::unique_ptr<Workspace<float>>&);
template void predict(const Network<double>&, const double*, const Dataset&, double*,
                      std::unique_ptr<Workspace<double>>&);

}  // namespace glissade
