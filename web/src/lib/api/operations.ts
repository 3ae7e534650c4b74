// Generated from `holt openapi` by tools/make_client.py; `scripts/check stale` compares.
import { operation } from './request.ts';

/** The commit that wrote each line of a text file. */
export const blame_file = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev' | 'path'>('GET', '/api/{type}/{owner}/{name}/blame/{rev}/{path}', ["path"]);

/** Adds, copies and deletes files, sent as NDJSON. */
export const change_bucket_files = /* @__PURE__ */ operation<'owner' | 'name'>('POST', '/api/buckets/{owner}/{name}/batch');

/** Opens or closes. */
export const change_discussion_status = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'num'>('POST', '/api/{type}/{owner}/{name}/discussions/{num}/status');

/** Changes the caller's password; all their web sessions end, and this browser gets a new one. */
export const change_password = /* @__PURE__ */ operation<never>('PUT', '/api/settings/password');

/** Answers 200 when the caller may read the files. */
export const check_repo_access = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/auth-check');

/** Answers 200 when the caller may write. */
export const check_repo_write_access = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/auth-check/write');

/** Adds a comment. */
export const comment_discussion = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'num'>('POST', '/api/{type}/{owner}/{name}/discussions/{num}/comment');

/** The difference of two revisions. */
export const compare_revisions = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'range'>('GET', '/api/{type}/{owner}/{name}/compare/{range}', ["range"]);

/** Makes large files available in another repository. */
export const copy_large_files = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('POST', '/api/{type}/{owner}/{name}/lfs-files/duplicate');

/** Creates a branch. */
export const create_branch = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'branch'>('POST', '/api/{type}/{owner}/{name}/branch/{branch}', ["branch"]);

/** Creates a bucket. */
export const create_bucket = /* @__PURE__ */ operation<'owner' | 'name'>('POST', '/api/buckets/{owner}/{name}');

/** Commits operations sent as NDJSON. */
export const create_commit = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('POST', '/api/{type}/{owner}/{name}/commit/{rev}');

/** Opens a discussion or a pull request. */
export const create_discussion = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('POST', '/api/{type}/{owner}/{name}/discussions');

/** Makes an organisation whose first admin is the caller. */
export const create_organization = /* @__PURE__ */ operation<never>('POST', '/api/organizations');

/** Creates a repository. */
export const create_repo = /* @__PURE__ */ operation<never>('POST', '/api/repos/create');

/** Creates a tag at a revision. */
export const create_tag = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('POST', '/api/{type}/{owner}/{name}/tag/{rev}', ["rev"]);

/** Makes an access token; its value is in this reply and nowhere else. */
export const create_token = /* @__PURE__ */ operation<never>('POST', '/api/settings/tokens');

/** Makes a user. */
export const create_user = /* @__PURE__ */ operation<never>('POST', '/api/admin/users');

/** Deletes a branch. */
export const delete_branch = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'branch'>('DELETE', '/api/{type}/{owner}/{name}/branch/{branch}', ["branch"]);

/** Deletes a bucket and its files. */
export const delete_bucket = /* @__PURE__ */ operation<'owner' | 'name'>('DELETE', '/api/buckets/{owner}/{name}');

/** Deletes large files for good. */
export const delete_large_files = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('POST', '/api/{type}/{owner}/{name}/lfs-files/batch');

/** Deletes a repository. */
export const delete_repo = /* @__PURE__ */ operation<never>('DELETE', '/api/repos/delete');

/** Deletes a tag. */
export const delete_tag = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'tag'>('DELETE', '/api/{type}/{owner}/{name}/tag/{tag}', ["tag"]);

/** Answers that a bucket is named with its namespace. */
export const delete_unnamed_bucket = /* @__PURE__ */ operation<'owner'>('DELETE', '/api/buckets/{owner}');

/** Copies a repository with its history. */
export const duplicate_repo = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('POST', '/api/{type}/{owner}/{name}/duplicate');

/** Changes a comment's text. */
export const edit_discussion_comment = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'num' | 'comment'>('POST', '/api/{type}/{owner}/{name}/discussions/{num}/comment/{comment}/edit');

/** Ends one of the caller's web sessions. */
export const end_session = /* @__PURE__ */ operation<'session'>('DELETE', '/api/settings/sessions/{session}');

/** Ends all of the caller's web sessions, in every browser; keep=current leaves this one. */
export const end_sessions = /* @__PURE__ */ operation<never>('DELETE', '/api/settings/sessions');

/** How the hub is. */
export const get_admin_overview = /* @__PURE__ */ operation<never>('GET', '/api/admin/overview');

/** A bucket's visibility, size and number of files. */
export const get_bucket = /* @__PURE__ */ operation<'owner' | 'name'>('GET', '/api/buckets/{owner}/{name}');

/** What is known of these files; those that are not there are left out. */
export const get_bucket_paths_info = /* @__PURE__ */ operation<'owner' | 'name'>('POST', '/api/buckets/{owner}/{name}/paths-info');

/** A token to download a bucket's files from the Xet server. */
export const get_bucket_xet_read_token = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/xet-read-token');

/** A token to upload a bucket's files to the Xet server. */
export const get_bucket_xet_write_token = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/xet-write-token');

/** A commit: its message, the files it changed and the text of the change. */
export const get_commit = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('GET', '/api/{type}/{owner}/{name}/commit/{rev}');

/** What changed between two revisions: the files and the text of the change. */
export const get_comparison = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'range'>('GET', '/api/{type}/{owner}/{name}/comparison/{range}', ["range"]);

/** A discussion and what happened in it; with diff=1 what it would change. */
export const get_discussion = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'num'>('GET', '/api/{type}/{owner}/{name}/discussions/{num}');

/** Whether the caller likes a repository. */
export const get_like = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/like');

/** Upkeep that runs or has run. */
export const get_maintenance = /* @__PURE__ */ operation<never>('GET', '/api/admin/maintenance');

/** An organisation as others see it. */
export const get_organization_overview = /* @__PURE__ */ operation<'org'>('GET', '/api/organizations/{org}/overview');

/** What waits, what runs and what failed. */
export const get_queue = /* @__PURE__ */ operation<never>('GET', '/api/admin/queue');

/** An object as it is stored, for the repair of another Holt. */
export const get_stored_object = /* @__PURE__ */ operation<'class' | 'hash'>('GET', '/api/admin/objects/{class}/{hash}');

/** A user as others see them. */
export const get_user_overview = /* @__PURE__ */ operation<'user'>('GET', '/api/users/{user}/overview');

/** The version of the server. */
export const get_version = /* @__PURE__ */ operation<never>('GET', '/api/version');

/** A token to download from the Xet server. */
export const get_xet_read_token = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('GET', '/api/{type}/{owner}/{name}/xet-read-token/{rev}', ["rev"]);

/** A token to upload to the Xet server. */
export const get_xet_write_token = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('GET', '/api/{type}/{owner}/{name}/xet-write-token/{rev}', ["rev"]);

/** Hides a comment: its text is gone. */
export const hide_discussion_comment = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'num' | 'comment'>('POST', '/api/{type}/{owner}/{name}/discussions/{num}/comment/{comment}/hide');

/** Makes an account, where the operator lets people join. */
export const join_hub = /* @__PURE__ */ operation<never>('POST', '/api/join');

/** Answers RepoNotFound: every repository has a namespace. */
export const legacy_list_tree = /* @__PURE__ */ operation<'type' | 'name' | 'rev'>('GET', '/api/{type}/{name}/tree/{rev}');

/** Answers RepoNotFound: every repository has a namespace. */
export const legacy_repo_info = /* @__PURE__ */ operation<'type' | 'name'>('GET', '/api/{type}/{name}');

/** Answers RepoNotFound: every repository has a namespace. */
export const legacy_repo_info_at_revision = /* @__PURE__ */ operation<'type' | 'name' | 'rev'>('GET', '/api/{type}/{name}/revision/{rev}');

/** Answers RepoNotFound: every repository has a namespace. */
export const legacy_unlike_repo = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('DELETE', '/api/{type}/{owner}/{name}');

/** Likes a repository. */
export const like_repo = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('POST', '/api/{type}/{owner}/{name}/like');

/** Agent programs that clients should recognise: none. */
export const list_agent_harnesses = /* @__PURE__ */ operation<never>('GET', '/api/agent-harnesses');

/** All organisations with their admins and what they take. */
export const list_all_organizations = /* @__PURE__ */ operation<never>('GET', '/api/admin/organizations');

/** Who changed what, newest first. */
export const list_audit = /* @__PURE__ */ operation<never>('GET', '/api/admin/audit');

/** A bucket's files, those whose path begins with the prefix. */
export const list_bucket_tree = /* @__PURE__ */ operation<'owner' | 'name'>('GET', '/api/buckets/{owner}/{name}/tree');

/** A bucket's files, those whose path begins with the prefix. */
export const list_bucket_tree_below = /* @__PURE__ */ operation<'owner' | 'name' | 'prefix'>('GET', '/api/buckets/{owner}/{name}/tree/{prefix}', ["prefix"]);

/** The buckets of a user or an organization. */
export const list_buckets = /* @__PURE__ */ operation<'owner'>('GET', '/api/buckets/{owner}');

/** History, newest first. */
export const list_commits = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('GET', '/api/{type}/{owner}/{name}/commits/{rev}');

/** What a list could be narrowed by, with counts; takes a list's filters. */
export const list_dataset_facets = /* @__PURE__ */ operation<never>('GET', '/api/datasets-facets');

/** Tags in use, by type. */
export const list_dataset_tags = /* @__PURE__ */ operation<never>('GET', '/api/datasets-tags-by-type');

/** Lists and searches repositories. */
export const list_datasets = /* @__PURE__ */ operation<never>('GET', '/api/datasets');

/** Discussions and pull requests of a repository, the newest first. */
export const list_discussions = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/discussions');

/** Downloads of each of the last thirty days, the oldest first. */
export const list_downloads = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/downloads');

/** The commits that changed one file or folder, newest first. */
export const list_file_commits = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev' | 'path'>('GET', '/api/{type}/{owner}/{name}/commits/{rev}/{path}', ["path"]);

/** Lists and searches repositories. */
export const list_kernels = /* @__PURE__ */ operation<never>('GET', '/api/kernels');

/** Large files that commits brought in. */
export const list_large_files = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/lfs-files');

/** Who likes a repository, the latest first. */
export const list_likers = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/likers');

/** What a list could be narrowed by, with counts; takes a list's filters. */
export const list_model_facets = /* @__PURE__ */ operation<never>('GET', '/api/models-facets');

/** Tags in use, by type. */
export const list_model_tags = /* @__PURE__ */ operation<never>('GET', '/api/models-tags-by-type');

/** Lists and searches repositories. */
export const list_models = /* @__PURE__ */ operation<never>('GET', '/api/models');

/** An organisation's repositories with the space they use. */
export const list_org_storage = /* @__PURE__ */ operation<'org'>('GET', '/api/organizations/{org}/settings/repositories');

/** Members of an organisation; roles are shown to members. */
export const list_organization_members = /* @__PURE__ */ operation<'org'>('GET', '/api/organizations/{org}/members');

/** Organisations of this hub. */
export const list_organizations = /* @__PURE__ */ operation<never>('GET', '/api/organizations');

/** The caller's repositories with the space they use. */
export const list_own_storage = /* @__PURE__ */ operation<never>('GET', '/api/settings/repositories');

/** Branches and tags. */
export const list_refs = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}/refs');

/** The caller's web sessions. */
export const list_sessions = /* @__PURE__ */ operation<never>('GET', '/api/settings/sessions');

/** The settings in effect. */
export const list_settings = /* @__PURE__ */ operation<never>('GET', '/api/admin/settings');

/** What a list could be narrowed by, with counts; takes a list's filters. */
export const list_space_facets = /* @__PURE__ */ operation<never>('GET', '/api/spaces-facets');

/** Tags in use, by type. */
export const list_space_tags = /* @__PURE__ */ operation<never>('GET', '/api/spaces-tags-by-type');

/** Lists and searches repositories. */
export const list_spaces = /* @__PURE__ */ operation<never>('GET', '/api/spaces');

/** The caller's access tokens, without their values. */
export const list_tokens = /* @__PURE__ */ operation<never>('GET', '/api/settings/tokens');

/** Files and folders at a revision. */
export const list_tree = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('GET', '/api/{type}/{owner}/{name}/tree/{rev}');

/** Files and folders at a revision. */
export const list_tree_folder = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev' | 'path'>('GET', '/api/{type}/{owner}/{name}/tree/{rev}/{path}', ["path"]);

/** What a user likes, of what the caller sees; the latest first. */
export const list_user_likes = /* @__PURE__ */ operation<'user'>('GET', '/api/users/{user}/likes');

/** All users. */
export const list_users = /* @__PURE__ */ operation<never>('GET', '/api/admin/users');

/** Opens a web session with a password. */
export const log_in = /* @__PURE__ */ operation<never>('POST', '/api/login');

/** Ends the web session. */
export const log_out = /* @__PURE__ */ operation<never>('POST', '/api/logout');

/** Merges a pull request. */
export const merge_pull_request = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'num'>('POST', '/api/{type}/{owner}/{name}/discussions/{num}/merge');

/** Renames or moves a repository; the old name keeps leading to it. */
export const move_repo = /* @__PURE__ */ operation<never>('POST', '/api/repos/move');

/** What stands at these paths. */
export const paths_info = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('POST', '/api/{type}/{owner}/{name}/paths-info/{rev}');

/** Shows a discussion first, or no longer. */
export const pin_discussion = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'num'>('POST', '/api/{type}/{owner}/{name}/discussions/{num}/pin');

/** Says for each file whether it is uploaded as a large file. */
export const preupload = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('POST', '/api/{type}/{owner}/{name}/preupload/{rev}');

/** What a Markdown text will look like. */
export const preview_markdown = /* @__PURE__ */ operation<never>('POST', '/api/markdown');

/** Repositories, people and organisations whose names hold the letters. */
export const quick_search = /* @__PURE__ */ operation<never>('GET', '/api/quicksearch');

/** Takes a member out. */
export const remove_organization_member = /* @__PURE__ */ operation<'org' | 'user'>('DELETE', '/api/organizations/{org}/members/{user}');

/** Changes the title. */
export const rename_discussion = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'num'>('POST', '/api/{type}/{owner}/{name}/discussions/{num}/title');

/** A text file of a repository as HTML that is safe to show. */
export const render_file = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev' | 'path'>('GET', '/api/{type}/{owner}/{name}/rendered/{rev}/{path}', ["path"]);

/** A repository's facts. */
export const repo_info = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('GET', '/api/{type}/{owner}/{name}');

/** A repository's facts at a revision. */
export const repo_info_at_revision = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev'>('GET', '/api/{type}/{owner}/{name}/revision/{rev}');

/** Gives a user another password. */
export const reset_user_password = /* @__PURE__ */ operation<'user'>('PUT', '/api/admin/users/{user}/password');

/** A file's bytes at a revision; HEAD for its metadata. */
export const resolve_cached_file = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'rev' | 'path'>('GET', '/api/resolve-cache/{type}/{owner}/{name}/{rev}/{path}', ["path"]);

/** Revokes one of the caller's tokens, by name or id. */
export const revoke_token = /* @__PURE__ */ operation<'token'>('DELETE', '/api/settings/tokens/{token}');

/** Chooses who may look at the hub and who may join, where the configuration leaves it open. */
export const set_openness = /* @__PURE__ */ operation<never>('PUT', '/api/admin/openness');

/** Adds a member or changes their role. */
export const set_organization_member = /* @__PURE__ */ operation<'org' | 'user'>('PUT', '/api/organizations/{org}/members/{user}');

/** Makes the first administrator, with the code that the server printed. */
export const set_up_hub = /* @__PURE__ */ operation<never>('POST', '/api/setup');

/** Shuts a user out, or lets them in again. */
export const set_user_suspended = /* @__PURE__ */ operation<'user'>('PUT', '/api/admin/users/{user}/suspended');

/** Replaces a branch's history by one commit. */
export const squash_branch = /* @__PURE__ */ operation<'type' | 'owner' | 'name' | 'branch'>('POST', '/api/{type}/{owner}/{name}/super-squash/{branch}', ["branch"]);

/** Looks for garbage, removes it, or checks all data. */
export const start_maintenance = /* @__PURE__ */ operation<never>('POST', '/api/admin/maintenance');

/** Accepts clients' telemetry and keeps nothing. */
export const telemetry = /* @__PURE__ */ operation<'rest'>('GET', '/api/telemetry/{rest}', ["rest"]);

/** Takes a like back. */
export const unlike_repo = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('DELETE', '/api/{type}/{owner}/{name}/like');

/** Makes a bucket public or private. */
export const update_bucket_settings = /* @__PURE__ */ operation<'owner' | 'name'>('PUT', '/api/buckets/{owner}/{name}/settings');

/** Changes the caller's profile. */
export const update_profile = /* @__PURE__ */ operation<never>('PUT', '/api/settings/profile');

/** Changes visibility, gate and other settings. */
export const update_repo_settings = /* @__PURE__ */ operation<'type' | 'owner' | 'name'>('PUT', '/api/{type}/{owner}/{name}/settings');

/** Checks a card's front matter before it is committed. */
export const validate_yaml = /* @__PURE__ */ operation<never>('POST', '/api/validate-yaml');

/** The user that the credentials speak for. */
export const whoami = /* @__PURE__ */ operation<never>('GET', '/api/whoami-v2');
