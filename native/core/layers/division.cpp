#include "layers/division.h"

#include "matrix/divided_product.h"
#include "matrix/team_product.h"

namespace glissade {
namespace {

// Times are in multiplications, which a member could do in that time. A cache line that comes from another core takes 6
// to 45 ns, where many are on their way. A number of a part is written and read, in the second-level cache.
constexpr size_t kLine = 1000, kLineBytes = 64, kAddition = 4;

/// Whether a member's rows stay in its second-level cache from step to step, with the two states that most rules keep.
/// Other rows come from the third-level cache or the memory in any case.
bool staysInCache(const WeightWork& work) {
  constexpr size_t kCache = size_t{1} << 20, kArrays = 3;
  return work.rows * work.outputs / work.members * work.bytes * kArrays <= kCache;
}

/// How many products there are by rows of the matrix: its gradient, and that of the inputs.
size_t productsByRows(const WeightWork& work) { return (work.isFrozen ? 0 : 1) + (work.isFirst ? 0 : 1); }

/// Products are divided by rows and panels of the outputs. Members read rows of the matrix, and inputs, that others
/// have written; and what others have read takes a member as long to write again.
MemberWork workByOutputs(const WeightWork& work) {
  const size_t rows = work.rows, outputs = work.outputs, examples = work.examples, members = work.members;
  const size_t width = work.panelWidth, others = members - 1, panels = ceilingOf(outputs, width);
  const PanelRange share = shareOf(Member(others, members), examples, panels);
  const size_t columns = (share.panelEnd - share.panelBegin) * width, across = ceilingOf(panels * width, columns);
  const size_t multiplied = columns * (share.rowEnd - share.rowBegin) * rows +
                            productsByRows(work) * examples * panels * width * ceilingOf(rows, members);
  if (others == 0) return {multiplied, 0, 0};
  const size_t weights = rows * outputs / across * others / members + rows * outputs / members;
  const size_t ofInputs = examples * work.inputs / members;
  const size_t read = across == 1 ? ofInputs * others / members : ofInputs * others;
  return {multiplied, 0, weights + read + ofInputs};
}

/// Each member sums the terms of its own rows. Parts of sums cross, and inputs that a layer has computed.
MemberWork workByDepth(const WeightWork& work) {
  const size_t rows = work.rows, outputs = work.outputs, examples = work.examples, members = work.members;
  const size_t width = work.panelWidth, others = members - 1, padded = ceilingOf(outputs, width) * width;
  size_t most = 0;
  for (size_t m = 0; m < members; ++m)
    most = std::max(most, ownedFrom(rows, kBlockTerms, m + 1, members) - ownedFrom(rows, kBlockTerms, m, members));
  const size_t parts = partsOf(rows, firstOwnedEnd(rows, kBlockTerms, members)) * examples * outputs / members;
  const size_t ofInputs = work.isFirst ? 0 : examples * work.inputs / members;
  return {(1 + productsByRows(work)) * most * examples * padded, parts,
          parts + (parts + ofInputs) * others / members + ofInputs};
}

size_t timeOf(const MemberWork& done, const WeightWork& work) {
  return done.multiplications + done.additions * kAddition + done.crossing * work.bytes * kLine / kLineBytes;
}

}  // namespace

MemberWork memberWork(Division division, const WeightWork& work) {
  return division == Division::depth ? workByDepth(work) : workByOutputs(work);
}

Division fastestDivision(const WeightWork& work) {
  if (work.members == 1) return Division::even;
  if (work.mayDivideDepth && work.rows <= kShortDepth && staysInCache(work) &&
      timeOf(workByDepth(work), work) < timeOf(workByOutputs(work), work))
    return Division::depth;
  const size_t panels = ceilingOf(work.inputs, work.panelWidth);
  const bool isBalanced = panels % work.members == 0 || panels >= 8 * work.members;
  return !work.isFirst && isBalanced && work.outputs >= work.panelWidth ? Division::inputs : Division::even;
}

}  // namespace glissade
