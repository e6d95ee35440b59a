#include "optimizers/directions.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "optimizers/rules/matrix_rules.h"

namespace glissade {
namespace {

constexpr size_t kWidestPanel = 32;  // of any instruction set
template <typename Real>
constexpr Real kUnlimited = std::numeric_limits<Real>::infinity();

template <typename Real>
MatrixRule<Real> matrixRuleOf(std::string_view name) {
  MatrixRule<Real> found{};
  forEachMatrixRule<Real>([&](const MatrixRule<Real>& rule) {
    if (name == rule.name) found = rule;
  });
  if (!found.name) throw std::logic_error(std::string(name) + " is missing in optimizers/rules/matrix_rules.h");
  return found;
}

}  // namespace

template <typename Real>
Directions<Real>::Directions(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups)
    : parameters_(std::move(parameters)), arrays_(parameters_->count()) {
  size_t bytes = 0;
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const Rule<Real>& rule = groups.ruleOfArray(kernels(), i);
    if (rule.replacement == Replacement::none || (*parameters_)[i].frozen || parameters_->lengthOf(i) == 0) continue;
    Replaced& array = arrays_[i];
    array.rule = matrixRuleOf<Real>(rule.name);
    array.shape = matricesOf(rule.replacement, (*parameters_)[i]);
    const auto [count, rows, columns] = array.shape;
    if (rule.replacement == Replacement::matrix) array.direction = Buffer<Real>(count * rows * columns);
    if (rule.replacement != Replacement::matrix) array.rowFactors = Buffer<Real>(count * rows);
    if (rule.replacement == Replacement::factors) array.columnFactors = Buffer<Real>(count * columns);
    WorkspaceMemory<Real> counting{{}, kWidestPanel, rows, columns};
    if (array.rule.layOut) array.rule.layOut(counting);
    bytes = std::max(bytes, counting.arena.used());
  }
  workspace_ = Buffer<std::byte>(bytes);
}

template <typename Real>
void Directions<Real>::replace(const Kernels& kernels, const Member& member, const Groups<Real>& groups,
                               const RuleStates<Real>& states, const StepScalars<Real>& scalars,
                               const GradientClip<Real>& clip, const StepArrays<Real>& arrays, int64_t t) {
  for (size_t i = 0; i < arrays_.size(); ++i) {
    const Gradient& gradient = arrays.gradients[i];
    if (!isReplaced(i) || gradient.rows) continue;
    Replaced& array = arrays_[i];
    Real* const direction = array.direction.data();
    const auto directionOf = groups.ruleOfArray(kernels, i).direction;
    const void* const ofStep = scalars.of(i);

    const auto from = [](Buffer<Real>& numbers, size_t first) {
      return numbers.size() > 0 ? numbers.data() + first : nullptr;
    };
    const auto forEachMatrix = [&](auto function) {
      const auto [count, rows, columns] = array.shape;
      for (size_t k = 0; function && k < count; ++k) {
        const size_t first = k * rows * columns;
        MatrixStep<Real> step{kernels,
                              member,
                              rows,
                              columns,
                              t,
                              from(array.direction, first),
                              from(array.rowFactors, k * rows),
                              from(array.columnFactors, k * columns),
                              array.most,
                              {Arena(workspace_), kernels.of<Real>().panelWidth, rows, columns},
                              {clip, gradient, i, first, k, count, states.of(i), arrays.state}};
        function(ofStep, step);
        member.barrier();
      }
    };
    const auto forEachBlock = [&](auto visit) {
      parameters_->forEachBlockOf(i, member, visit);
      member.barrier();
    };

    const bool startsAsGradient = direction && (array.rule.before || !directionOf);
    if (startsAsGradient)
      forEachBlock([&](const ArrayRange& block) {
        const auto [values, scale] = clip.read(kernels, gradient, block, direction + block.begin);
        kernels.of<Real>().clip(scale, kUnlimited<Real>, values, direction + block.begin, block.count());
      });
    forEachMatrix(array.rule.before);
    if (directionOf)
      forEachBlock([&](const ArrayRange& block) {
        Real buffer[Parameters::kBlock], *const out = direction + block.begin;
        const Scaled<Real> from = startsAsGradient ? Scaled<Real>{out, 1} : clip.read(kernels, gradient, block, buffer);
        states.update(kernels, block, arrays.state, t, [&](Real* const* ofBlock) {
          directionOf(ofStep, from.scale, from.values, arrays.parameters[i] + block.begin, ofBlock, 0, block.count(),
                      out);
        });
      });
    forEachMatrix(array.rule.after);
  }
}

template <typename Real>
Scaled<Real> Directions<Real>::of(const Kernels& kernels, const GradientClip<Real>& clip, const ArrayRange& block,
                                  const Gradient& gradient, Real* buffer) const {
  const Replaced& array = arrays_[block.array];
  if (array.direction.size() > 0) return {array.direction.data() + block.begin, 1};
  const auto [values, scale] = clip.read(kernels, gradient, block, buffer);
  if (!isReplaced(block.array)) return {values, scale};
  const auto [count, rows, columns] = array.shape;
  for (size_t i = block.begin; i < block.end;) {
    const size_t row = i / columns, column = i % columns, at = i - block.begin;
    const size_t width = std::min(block.end - i, columns - column);
    if (array.columnFactors.size() == 0)
      kernels.of<Real>().clip(scale * array.rowFactors[row], kUnlimited<Real>, values + at, buffer + at, width);
    else
      kernels.of<Real>().scaleBoth(scale, array.rowFactors[row],
                                   array.columnFactors.data() + row / rows * columns + column, array.most, values + at,
                                   buffer + at, width);
    i += width;
  }
  return {buffer, 1};
}

template class Directions<float>;
template class Directions<double>;

}  // namespace glissade
