// A PostgreSQL server of the test's own: a temporary folder, a unix socket only, gone with the
// test.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpq-fe.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"

namespace holt::db {

class PostgresServer {
 public:
  PostgresServer() {
    const std::string programs = "/usr/lib/postgresql/15/bin/";
    if (::access((programs + "postgres").c_str(), X_OK) != 0) {
      throw std::runtime_error("PostgreSQL 15 is not installed (no " + programs +
                               "postgres); run scripts/setup");
    }
    try {
      std::filesystem::create_directory(folder_);
      if (::geteuid() == 0) give_to_postgres();
      wait_for(start({programs + "initdb", "-D", folder_ + "/data", "-U", "holt", "-A", "trust",
                      "-N", "-E", "UTF8", "--locale=C.UTF-8"}));
      start_server();
    } catch (...) {
      stop();
      throw;
    }
  }
  ~PostgresServer() { stop(); }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  std::string location() const { return "postgresql:///postgres?user=holt&host=" + folder_; }

  void restart() {
    stop_server();
    start_server();
  }

 private:
  void start_server() {
    // Everything may be lost with the test: no fsync.
    server_ = start({"/usr/lib/postgresql/15/bin/postgres", "-D", folder_ + "/data", "-k", folder_,
                     "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB",
                     "-c", "max_connections=30"});
    for (int i = 0; i < 3000; ++i) {
      if (PQping(location().c_str()) == PQPING_OK) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw std::runtime_error("the PostgreSQL of the test did not start; see " + folder_ + "/log");
  }

  void stop_server() {
    if (server_ <= 0) return;
    ::kill(server_, SIGINT);
    ::waitpid(server_, nullptr, 0);
    server_ = -1;
  }

  void stop() {
    stop_server();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void give_to_postgres() {
    const passwd* account = ::getpwnam("postgres");
    if (account == nullptr)
      throw std::runtime_error("there is no user postgres; run scripts/setup");
    user_ = account->pw_uid;
    group_ = account->pw_gid;
    if (::chown(folder_.c_str(), user_, group_) != 0) throw std::runtime_error("chown " + folder_);
  }

  // The server refuses to run as root, and ends with this process whatever happens to it.
  pid_t start(const std::vector<std::string>& arguments) {
    std::vector<char*> pointers;
    for (const std::string& argument : arguments)
      pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    const std::string log = folder_ + "/log";
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork");
    if (pid > 0) return pid;
    if (user_ != 0 &&
        (::setgroups(0, nullptr) != 0 || ::setgid(group_) != 0 || ::setuid(user_) != 0))
      ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int input = ::open("/dev/null", O_RDONLY);
    if (output < 0 || input < 0 || ::chdir("/") != 0) ::_exit(126);
    ::dup2(input, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }

  static void wait_for(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("initdb failed");
  }

  std::string folder_ = "/tmp/holt-pg-" + random_hex(10);
  uid_t user_ = 0;
  gid_t group_ = 0;
  pid_t server_ = -1;
};

}  // namespace holt::db
