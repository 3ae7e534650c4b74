# holt_embed_migrations(TARGET): compiles migrations/*.sql into TARGET, in order of their names.
# The generated source defines, for files that declare it themselves or include "app/migrations.h":
#   namespace holt::app { std::span<const db::Migration> embedded_migrations(); }
set(HOLT_MIGRATIONS_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_migrations.cmake)
function(holt_embed_migrations target)
  file(GLOB migrations CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/migrations/[0-9]*.sql)
  set(source ${PROJECT_BINARY_DIR}/generated/migrations.cpp)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -D OUT=${source} -D FOLDER=${PROJECT_SOURCE_DIR}/migrations
            -P ${HOLT_MIGRATIONS_SCRIPT}
    DEPENDS ${migrations} ${HOLT_MIGRATIONS_SCRIPT}
    COMMENT "Embedding the migrations"
    VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()
