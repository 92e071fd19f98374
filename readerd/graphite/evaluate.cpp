#include "readerd/graphite/evaluate.h"

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "readerd/graphite/functions/evaluation.h"

namespace kilometric::graphite {

std::variant<SeriesList, Refusal> evaluate(const Expression& target, const Context& context, Source& source) {
  try {
    return Evaluation(source, context).series(target, context);
  } catch (const WrongCall& wrong) {
    return Refusal{400, std::string("target: ") + wrong.what()};
  } catch (const std::bad_alloc&) {
    return Refusal{503, "target: not enough memory for its points"};
  } catch (const std::exception& error) {
    return Refusal{400, std::string("target: it cannot be carried out: ") + error.what()};
  }
}

}  // namespace kilometric::graphite
