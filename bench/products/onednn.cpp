#include <omp.h>
#include <dnnl.hpp>

#include "contestant.h"
#include "operand.h"

std::string versionOfOneDnn() {
  const dnnl_version_t* const version = dnnl_version();
  return std::to_string(version->major) + '.' + std::to_string(version->minor) + '.' + std::to_string(version->patch);
}

/// The matmul primitive over plain layouts, as PyTorch calls it.
Work oneDnn(const Task& task) {
  using namespace dnnl;
  omp_set_num_threads(task.threads);
  const memory::dim m = static_cast<memory::dim>(task.rows), n = static_cast<memory::dim>(task.columns),
                    k = static_cast<memory::dim>(task.depth);
  const auto type = task.isBfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
  const memory::desc aLayout({m, k}, type, task.kind == "tn" ? memory::format_tag::ba : memory::format_tag::ab),
      bLayout({k, n}, type, task.kind == "nt" ? memory::format_tag::ba : memory::format_tag::ab),
      cLayout({m, n}, memory::data_type::f32, memory::format_tag::ab);
  const engine processor(engine::kind::cpu, 0);
  const matmul primitive(matmul::primitive_desc(processor, aLayout, bLayout, cLayout));
  std::shared_ptr<void> a, b;
  if (task.isBfloat16) {
    a = operand<uint16_t>(task.rows * task.depth);
    b = operand<uint16_t>(task.depth * task.columns);
  } else {
    a = operand<float>(task.rows * task.depth);
    b = operand<float>(task.depth * task.columns);
  }
  const auto c = operand<float>(task.rows * task.columns);
  stream queue(processor);
  const memory first(aLayout, processor, a.get()), second(bLayout, processor, b.get()),
      result(cLayout, processor, c.get());
  return [=]() mutable {
    primitive.execute(queue, {{DNNL_ARG_SRC, first}, {DNNL_ARG_WEIGHTS, second}, {DNNL_ARG_DST, result}});
    queue.wait();
    (void)a, (void)b, (void)c;
  };
}
