#include "readerd/store/questions.h"

#include <string_view>

namespace kilometric {
namespace {

/// Enough to keep Redis busy across a network; their replies take a few megabytes of its memory.
constexpr size_t kMostUnderWay = 64;

/// Commands with the same text are the same.
std::string text_of_command(const Questions::Command& command) {
  std::string text;
  for (const std::string& word : command) text.append(word).append(1, '\0');
  return text;
}

}  // namespace

std::shared_ptr<Questions::Question>& Questions::waiting_with_text_of(const Command& command) {
  return by_text_[text_of_command(command)];
}

void Questions::wait(std::shared_ptr<Question> question) {
  waiting_.push_back(std::move(question));
  send_.ask();
}

void Questions::send_waiting() {
  while (under_way_ < kMostUnderWay && !waiting_.empty()) {
    std::shared_ptr<Question> question = std::move(waiting_.front());
    waiting_.pop_front();
    by_text_.erase(text_of_command(question->command));
    if (question->alive()) send(std::move(question));
  }
}

void Questions::send(std::shared_ptr<Question> question) {
  const std::vector<std::string_view> command(question->command.begin(), question->command.end());
  ++under_way_;
  redis_.command(command, [this, question = std::move(question)](const redisReply* reply) {
    --under_way_;
    question->answer(reply);
    if (!waiting_.empty()) send_.ask();
  });
}

}  // namespace kilometric
