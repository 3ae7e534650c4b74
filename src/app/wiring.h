// Every object of a hub, built once, in order. main() is the only one who makes a Hub.
#pragma once

#include <memory>

#include "app/data_folder.h"
#include "app/first_setup.h"
#include "app/settings.h"
#include "app/task_board.h"
#include "base/durability.h"
#include "base/result.h"
#include "domain/auth/auth.h"
#include "domain/buckets/buckets.h"
#include "domain/community/community.h"
#include "domain/content/content.h"
#include "domain/git/git.h"
#include "domain/lfs/lfs.h"
#include "domain/pages/pages.h"
#include "domain/repos/repos.h"
#include "domain/upkeep/upkeep.h"
#include "domain/xet/xet.h"
#include "io/blob/blob.h"
#include "io/db/db.h"
#include "io/gitio/gitio.h"

namespace holt::app {

// A parts list: each part is given the ones above it and outlives the ones below it.
struct Hub {
  Hub(Settings with, DataFolder in) : settings(std::move(with)), folder(std::move(in)) {}

  Settings settings;
  DataFolder folder;
  std::shared_ptr<Durability> durability = std::make_shared<Durability>();
  std::unique_ptr<db::Database> database;
  std::unique_ptr<blob::BlobStore> blobs;
  TaskBoard tasks;  // what runs besides
  std::unique_ptr<auth::Auth> auth;
  std::unique_ptr<FirstSetup> first_setup;
  std::unique_ptr<repos::Repos> repos;
  std::unique_ptr<content::Contents> contents;
  std::unique_ptr<gitio::RepositoryCache> bare_repositories;
  std::unique_ptr<git::Git> git;
  std::unique_ptr<community::Community> community;
  std::unique_ptr<xet::Xet> xet;
  std::unique_ptr<lfs::Lfs> lfs;
  std::unique_ptr<buckets::Buckets> buckets;
  std::unique_ptr<pages::Pages> pages;
  std::unique_ptr<upkeep::Upkeep> upkeep;

  // Drops what the process remembers of the catalog, because it moved.
  void forget_cached();
};

// For a server the folder is locked first, so that a second one stops before it touches anything.
// Commands open a hub beside a running server: the catalog is made for several processes.
enum class Purpose { serve, command };
// Opens the folder and the catalog, applies migrations that are missing, builds the services.
// Errors say what to do; db::Failure when the catalog cannot be reached.
Result<std::unique_ptr<Hub>> open_hub(const Settings& settings, Purpose purpose);

}  // namespace holt::app
