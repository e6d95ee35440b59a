// Prints the work of the busiest member of a team in a training step of a network of dense layers, as a JSON
// array with an item for each number of members. The divisions are those of the core. Arguments: batch size, numbers
// per panel, number of inputs, outputs of each layer.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "layers/division.h"

int main(int count, char** arguments) {
  using namespace glissade;
  std::vector<size_t> numbers;
  for (int i = 1; i < count; ++i) numbers.push_back(std::strtoul(arguments[i], nullptr, 10));
  const size_t batch = numbers[0], panelWidth = numbers[1];
  std::printf("[");
  for (const size_t members : {1, 2, 4, 8, 16, 32, 64}) {
    MemberWork all{};
    size_t updated = 0, barriers = 3;
    for (size_t i = 2; i + 1 < numbers.size(); ++i) {
      const size_t inputs = numbers[i], outputs = numbers[i + 1], rows = inputs + 1;
      const WeightWork work{rows, inputs, outputs, batch, members, panelWidth, sizeof(float), i == 2, true};
      const Division division = fastestDivision(work);
      const MemberWork done = memberWork(division, work);
      all.multiplications += done.multiplications;
      all.additions += done.additions;
      all.crossing += done.crossing;
      barriers += division == Division::depth ? 3 : 2;
      size_t most = ceilingOf(rows, members);
      if (const size_t grain = grainOf(division, panelWidth); grain > 0) {
        most = 0;
        for (size_t m = 0; m < members; ++m)
          most = std::max(most, ownedFrom(rows, grain, m + 1, members) - ownedFrom(rows, grain, m, members));
      }
      updated += most * outputs;
    }
    std::printf(
        "%s\n{\"members\": %zu, \"multiplications\": %zu, \"additions\": %zu, \"crossing\": %zu, "
        "\"gathered\": %zu, \"updated\": %zu, \"barriers\": %zu}",
        members == 1 ? "" : ",", members, all.multiplications, all.additions, all.crossing,
        ceilingOf(batch * numbers[2], members), updated, members == 1 ? 0 : barriers);
  }
  std::printf("]\n");
}
