#include "pg/background_task.hpp"

#include "pg/background_channel.hpp"
#include "pg/procedure.hpp"

#include <csignal>

extern "C" {
#include "libpq/pqformat.h"
#include "storage/proc.h"
}

namespace whisper::pg {

struct background_task::state {
    dsm_segment *segment;
    channel_header *header;
    shm_mq_handle *messages;
    BackgroundWorkerHandle *worker;
    pid_t pid;
    bool finished;   // it said so itself
};

namespace {

// The session ends without unwinding: nobody is left to tell what the worker does.
void stop_worker(dsm_segment *, Datum worker) {
    TerminateBackgroundWorker(reinterpret_cast<BackgroundWorkerHandle *>(DatumGetPointer(worker)));
}

// Below: plain C, called under guard, no C++ object alive.

dsm_segment *make_segment(const char *payload, Size length, channel_header **header, shm_mq **messages) {
    Size const settings_size = EstimateGUCStateSpace();
    shm_toc_estimator estimate;
    shm_toc_initialize_estimator(&estimate);
    shm_toc_estimate_chunk(&estimate, sizeof(channel_header));
    shm_toc_estimate_chunk(&estimate, settings_size);
    shm_toc_estimate_chunk(&estimate, length + 1);
    shm_toc_estimate_chunk(&estimate, message_queue_size);
    shm_toc_estimate_keys(&estimate, 4);
    Size const size = shm_toc_estimate(&estimate);
    dsm_segment *const segment = dsm_create(size, 0);
    shm_toc *const contents = shm_toc_create(channel_magic, dsm_segment_address(segment), size);

    *header = static_cast<channel_header *>(shm_toc_allocate(contents, sizeof(channel_header)));
    (*header)->database = MyDatabaseId;
    (*header)->authenticated_user = GetAuthenticatedUserId();
    (*header)->session_user = GetSessionUserId();
    (*header)->role = GetCurrentRoleId();
    (*header)->payload_length = length;
    pg_atomic_init_u32(&(*header)->statement, 0);
    pg_atomic_init_u32(&(*header)->waits_for_others, 0);
    shm_toc_insert(contents, key_header, *header);

    auto *const settings = static_cast<char *>(shm_toc_allocate(contents, settings_size));
    SerializeGUCState(settings_size, settings);
    shm_toc_insert(contents, key_settings, settings);

    auto *const text = static_cast<char *>(shm_toc_allocate(contents, length + 1));
    std::memcpy(text, payload, length);
    text[length] = '\0';
    shm_toc_insert(contents, key_payload, text);

    *messages = shm_mq_create(shm_toc_allocate(contents, message_queue_size), message_queue_size);
    shm_mq_set_receiver(*messages, MyProc);
    shm_toc_insert(contents, key_messages, *messages);
    return segment;
}

BackgroundWorkerHandle *start_worker(dsm_segment *segment) {
    BackgroundWorker worker{};
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment));
    worker.bgw_notify_pid = MyProcPid;
    strlcpy(worker.bgw_name, "whisper_migrate deploy", BGW_MAXLEN);
    strlcpy(worker.bgw_type, "whisper_migrate deploy", BGW_MAXLEN);
    strlcpy(worker.bgw_library_name, "whisper_migrate", BGW_MAXLEN);
    strlcpy(worker.bgw_function_name, "whisper_background_task", BGW_MAXLEN);
    BackgroundWorkerHandle *handle = nullptr;
    return RegisterDynamicBackgroundWorker(&worker, &handle) ? handle : nullptr;
}

// What the worker raised, here: a notice goes to our client, an error comes out of the guard.
void raise_again(StringInfo message) {
    ErrorData data;
    pq_parse_errornotice(message, &data);
    // Its end is not ours.
    if (data.elevel > ERROR) data.elevel = ERROR;
    ThrowErrorData(&data);
}

}   // namespace

background_task::background_task(const std::string &payload) {
    const char *const text = payload.data();
    Size const length = payload.size();
    state_ = guarded([=] {
        // A session that is terminated loses the procedure's memory before it lets go of the segment.
        MemoryContext const before = MemoryContextSwitchTo(TopMemoryContext);
        auto *const s = static_cast<state *>(palloc0(sizeof(state)));
        shm_mq *messages = nullptr;
        s->segment = make_segment(text, length, &s->header, &messages);
        dsm_pin_mapping(s->segment);   // for longer than this transaction
        s->worker = start_worker(s->segment);
        if (s->worker) {
            on_dsm_detach(s->segment, stop_worker, PointerGetDatum(s->worker));
            s->messages = shm_mq_attach(messages, s->segment, s->worker);
        } else {
            dsm_detach(s->segment);
        }
        MemoryContextSwitchTo(before);
        return s;
    });
    if (state_->worker) return;
    pfree(state_);
    throw failure("53000", "no background worker is free for a statement that cannot run inside a transaction",
                  "All slots of max_worker_processes (" + std::to_string(max_worker_processes) + ") are taken.",
                  "raise max_worker_processes in postgresql.conf and restart the server, or wait and repeat the CALL");
}

background_task::~background_task() {
    state *const s = state_;
    cancel_on_dsm_detach(s->segment, stop_worker, PointerGetDatum(s->worker));
    shm_mq_detach(s->messages);   // nobody listens any more: it must not wait for us
    if (!s->finished) {
        constexpr int patience = 200;   // times 50 ms
        for (int i = 0;; ++i) {
            pid_t pid = 0;
            BgwHandleStatus const status = GetBackgroundWorkerPid(s->worker, &pid);
            if (status == BGWH_STOPPED || status == BGWH_POSTMASTER_DIED) break;
            if (status == BGWH_STARTED && i % 20 == 0 && i < patience) kill(pid, SIGINT);
            if (status == BGWH_NOT_YET_STARTED || i == patience) TerminateBackgroundWorker(s->worker);
            wait_for_latch(50);
        }
    }
    dsm_detach(s->segment);
    pfree(s->worker);
    pfree(s);
}

int background_task::pid() const noexcept { return static_cast<int>(state_->pid); }

bool background_task::is_waiting_for_others() const noexcept {
    return pg_atomic_read_u32(&state_->header->waits_for_others) != 0;
}

int background_task::statement() const noexcept {
    return static_cast<int>(pg_atomic_read_u32(&state_->header->statement));
}

void background_task::cancel() noexcept {
    pid_t pid = 0;
    if (GetBackgroundWorkerPid(state_->worker, &pid) == BGWH_STARTED) kill(pid, SIGINT);
}

bool background_task::wait(int64 milliseconds) {
    TimestampTz const until = GetCurrentTimestamp() + milliseconds * 1000;
    for (;;) {
        check_interrupts();
        if (state_->pid == 0) GetBackgroundWorkerPid(state_->worker, &state_->pid);
        state *const s = state_;
        shm_mq_result const result = guarded([=] {
            Size length = 0;
            void *data = nullptr;
            shm_mq_result const received = shm_mq_receive(s->messages, &length, &data, true);
            if (received != SHM_MQ_SUCCESS) return received;
            StringInfoData message;
            initStringInfo(&message);
            appendBinaryStringInfo(&message, static_cast<const char *>(data), static_cast<int>(length));
            char const type = static_cast<char>(pq_getmsgbyte(&message));
            if (type == 'E' || type == 'N') raise_again(&message);
            if (type == 'X') s->finished = true;
            pfree(message.data);
            return received;
        });
        if (result == SHM_MQ_SUCCESS) continue;
        if (result == SHM_MQ_DETACHED) {
            if (s->finished) return true;
            throw failure("57P02", "the background worker of the deploy ended without a result",
                          "The server's log says why.", "repeat the CALL: it goes on where the worker was");
        }
        int64 const left = (until - GetCurrentTimestamp() + 999) / 1000;
        if (left <= 0) return false;
        wait_for_latch(left);
    }
}

}   // namespace whisper::pg
