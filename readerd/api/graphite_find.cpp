#include "readerd/api/graphite_find.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "common/json.h"

namespace kilometric {
namespace {

/// The last node of a name, as a target may hold it.
std::string text_of_node(std::string_view name) {
  std::string text;
  for (const char c : name.substr(name.find_last_of('.') + 1)) {
    if (std::string_view("(){},'\"\\|= ").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

GraphiteFind::GraphiteFind(Store& store, GraphiteNames listed, Form form, std::vector<graphite::Path> paths,
                           HttpResponse response)
    : store_(store), listed_(listed), form_(form), paths_(std::move(paths)), response_(std::move(response)) {}

void GraphiteFind::start() {
  const auto self = shared_from_this();
  unanswered_ = paths_.size();
  for (const graphite::Path& path : paths_)
    graphite::list_names(
        store_, listed_, path, kMostFound, [self] { return self->response_.wanted(); },
        [self](const Result<graphite::PathEnds>& result) { self->on_ends(result); });
}

void GraphiteFind::on_ends(const Result<graphite::PathEnds>& result) {
  if (refused_) return;
  if (const auto* refusal = std::get_if<Refusal>(&result)) {
    refused_ = true;
    return send_refusal(response_, *refusal);
  }
  for (const auto& [name, end] : std::get<graphite::PathEnds>(result)) {
    ends_[name].leaf |= end.leaf;
    ends_[name].branch |= end.branch;
  }
  if (--unanswered_ == 0) form_ == Form::find ? send_nodes() : send_names();
}

/// Branches first.
void GraphiteFind::send_nodes() {
  std::string text = "[";
  for (const bool branches : {true, false})
    for (const auto& [name, end] : ends_)
      if (end.branch == branches)
        text += fmt::format(
            R"({}{{"text":{},"id":{},"allowChildren":{},"expandable":{},"leaf":{},"context":{{}}}})",
            text.size() == 1 ? "" : ",", json_string(text_of_node(name)), json_string(name), int{end.branch},
            int{end.branch}, int{end.leaf});
  response_.send(200, "application/json", text + "]");
}

void GraphiteFind::send_names() {
  std::string text = R"({"results":[)";
  for (const auto& [name, end] : ends_)
    text.append(&name == &ends_.begin()->first ? "" : ",").append(json_string(name));
  response_.send(200, "application/json", text + "]}");
}

}  // namespace kilometric
