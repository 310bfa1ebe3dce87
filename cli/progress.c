/*
 * Two kinds of readers: a person at a terminal gets one line that is redrawn, and one line per
 * trial above it that stays; a log file gets lines only, with all numbers in each, as there is no
 * live line to look at.  Nothing here changes the run, and nothing here may fail it: when a line
 * cannot be put together for want of memory, it is not shown.
 *
 * Events come from the loop of the library on the main thread; the ticker redraws in between on its
 * own. What both touch is the struct's `known` and the terminal, and one mutex guards them
 * (ticker.c). Where no thread can be had the line moves with the events alone.
 */
#include "progress.h"

#include "message.h"
#include "quantity.h"
#include "spent_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Width when the terminal does not tell. */
#define USUAL_COLUMNS 80
#define BAR_CELLS     20
/* The line shows whole seconds at best, so oftener would only flicker. */
#define TICK_MS 1000

/* Monotonic, so that a clock that is set does not make the remaining time jump. */
static double now_s(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0.0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* NaN and -1 stand for what is not known before the first event. The clock is a field, so that
 * tests can turn it. */
void cli_progress_init(cli_progress *progress, cli_state *cli, const ecopt_definition *definition)
{
    const char *term = getenv("TERM");
    memset(progress, 0, sizeof *progress);
    progress->cli = cli;
    progress->definition = definition;
    progress->is_live =
        !cli->is_quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    progress->clock_s = now_s;
    progress->tick_ms = TICK_MS;
    progress->ended_before = -1;
    progress->trial_began_s = (double)NAN;
    progress->known.spent_energy_j = (double)NAN;
    progress->known.hypervolume = (double)NAN;
}

/* Only what is valid after the call is kept: the ticker reads it later.  A phase's event says only
 * which; the front is computed when a trial ends. Under the lock of the screen, because the ticker
 * draws from the same fields. */
static void learn(cli_progress *progress, const ecopt_event *event)
{
    ecopt_event *known = &progress->known;
    bool is_phase = event->kind == ECOPT_EVENT_PHASE_STARTED;
    known->kind = event->kind;
    known->trial = event->trial;
    known->n_trials = event->n_trials;
    (void)snprintf(progress->phase, sizeof progress->phase, "%s",
                   is_phase && event->phase ? event->phase : "");
    /* A phase's event has no sums: those of the trial's start stay in force. */
    if (!is_phase) {
        known->n_ended = event->n_ended;
        known->spent_energy_j = event->spent_energy_j;
        known->spent_time_s = event->spent_time_s;
    }
    if (event->kind == ECOPT_EVENT_TRIAL_STARTED)
        progress->trial_began_s = progress->clock_s();
    if (event->kind == ECOPT_EVENT_TRIAL_ENDED) {
        known->front_size = event->front_size;
        known->hypervolume = event->hypervolume;
        progress->trial_began_s = (double)NAN;
        progress->ended_s = progress->clock_s();
    }
}

/* The mean of all trials of this run, not of the last few: trials differ by their parameters much
 * more than the machine changes its speed. Before the first trial is over only a budget of time
 * says how long it may take; afterwards the smaller of the two does. */
double cli_progress_eta_s(double elapsed_s, int64_t n_ended, int64_t n_left, double left_s)
{
    if (n_ended <= 0 || !(elapsed_s > 0.0))
        return isfinite(left_s) ? left_s : (double)NAN;
    double trials_s = elapsed_s / (double)n_ended * (double)(n_left > 0 ? n_left : 0);
    return trials_s < left_s ? trials_s : left_s;
}

/* ` 1.2 kJ of 2 kJ`, or without the budget when there is none. */
static void write_spent(FILE *file, double spent, double budget,
                        void (*format)(double, char[CLI_QUANTITY_B]))
{
    char text[CLI_QUANTITY_B];
    format(spent, text);
    fprintf(file, "  %s", text);
    if (isfinite(budget)) {
        format(budget, text);
        fprintf(file, " of %s", text);
    }
}

/* All budgets but trials: energy only where something was metered. A budget is shown even where
 * nothing was metered: a `?` against it tells that it cannot be kept. */
static void write_budgets(FILE *file, const cli_progress *progress, const ecopt_event *event)
{
    const ecopt_budget *budget = &progress->definition->budget;
    if (!isnan(event->spent_energy_j) || isfinite(budget->energy_j))
        write_spent(file, event->spent_energy_j, budget->energy_j, cli_format_energy);
    cli_write_converted(file, progress->definition, "  ", event->spent_energy_j);
    write_spent(file, event->spent_time_s, budget->time_s, cli_format_time);
}

/* Asked each time: the window may have been resized. */
static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return USUAL_COLUMNS;
}

/* What is left of the remaining time that was estimated when the last trial ended: it counts down
 * between two estimates and does not go below nothing. Only the trials of this run are in the mean;
 * those that a resumed study had before took their time elsewhere. */
static double remaining_s(const cli_progress *progress, double now)
{
    const ecopt_event *known = &progress->known;
    double left_s = progress->definition->budget.time_s - known->spent_time_s;
    double eta_s = cli_progress_eta_s(progress->ended_s - progress->began_s,
                                      known->n_ended - progress->ended_before,
                                      known->n_trials - known->n_ended, left_s);
    if (isnan(eta_s))
        return eta_s;
    eta_s -= now - progress->ended_s;
    return eta_s > 0.0 ? eta_s : 0.0;
}

/* [########------------]  8/20  ETA 4 min 05 s  1.2 kJ of 2 kJ  35 s  front 4  hv 0.83  trial 9 Not
 * cut here: the width belongs to the terminal, and tests read the whole line. What matters most
 * stands first, since a narrow window cuts the end. */
void cli_progress_line(FILE *file, const cli_progress *progress, double now_s)
{
    ecopt_event shown = progress->known;
    /* Rounded down, so that a full bar means the end and nothing less. */
    int64_t cells = shown.n_trials > 0 ? shown.n_ended * BAR_CELLS / shown.n_trials : 0;
    if (cells > BAR_CELLS)
        cells = BAR_CELLS;
    fputc('[', file);
    for (int64_t i = 0; i < BAR_CELLS; i++)
        fputc(i < cells ? '#' : '-', file);
    fprintf(file, "] %lld/%lld", (long long)shown.n_ended, (long long)shown.n_trials);

    char text[CLI_QUANTITY_B];
    double eta_s = remaining_s(progress, now_s);
    cli_format_time(eta_s, text);
    if (!isnan(eta_s))
        fprintf(file, "  ETA %s", text);
    /* The trial that runs is not in the library's account yet. */
    if (!isnan(progress->trial_began_s))
        shown.spent_time_s += now_s - progress->trial_began_s;
    write_budgets(file, progress, &shown);
    fprintf(file, "  front %zu", shown.front_size);
    if (isfinite(shown.hypervolume)) {
        cli_format_number(shown.hypervolume, 4, text);
        fprintf(file, "  hv %s", text);
    }
    if (shown.kind == ECOPT_EVENT_PAUSED)
        fputs("  paused", file);
    else if (shown.kind != ECOPT_EVENT_TRIAL_ENDED && shown.kind != ECOPT_EVENT_RESUMED)
        fprintf(file, "  trial %lld%s%s", (long long)shown.trial, progress->phase[0] ? " " : "",
                progress->phase);
}

/* Draws the line over the one before. Written over and then cleared to the end, not the other way
 * round: an empty line in between would be seen as a flicker. */
static void show_live(cli_progress *progress)
{
    char *line = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&line, &length);
    if (!file)
        return;
    cli_progress_line(file, progress, progress->clock_s());
    if (fclose(file) == 0) {
        /* One column stays free: some terminals wrap when the last one is filled. */
        int room = terminal_columns() - 1;
        fprintf(stderr, "\r%.*s\033[K", room, line);
        fflush(stderr);
        progress->cli->has_status_line = true;
    }
    free(line);
}

/* On the ticker's thread, which holds the mutex. */
static void on_tick(void *user)
{
    show_live(user);
}

/* trial 3/20 complete  accuracy=0.87 energy_j=12.3  lr=0.01 width=16 A live line below has the
 * front and the budgets already, so only logs repeat them with each trial. */
static void say_ended(cli_progress *progress, const ecopt_event *event)
{
    char *line = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&line, &length);
    if (!file)
        return;
    fprintf(file, "trial %lld/%lld %s", (long long)event->trial, (long long)event->n_trials,
            event->state == ECOPT_TRIAL_QUEUED ? "failed, to be tried again"
                                               : ecopt_trial_state_name(event->state));
    for (size_t i = 0; event->objectives && i < event->n_objectives; i++) {
        if (isnan(event->objectives[i]))
            continue;
        char text[CLI_QUANTITY_B];
        cli_format_value(event->objectives[i], text);
        fprintf(file, "  %s=%s", progress->definition->objectives[i].metric, text);
    }
    if (event->point)
        fprintf(file, "  %s", event->point);
    if (event->reason && event->reason[0])
        fprintf(file, "  (%s)", event->reason);
    if (!progress->is_live) {
        fprintf(file, "  front %zu", event->front_size);
        write_budgets(file, progress, event);
    }
    if (fclose(file) == 0)
        cli_note(progress->cli, "%s", line);
    free(line);
}

/* The first event tells where the run stands, and on a terminal sets the line going. An end as the
 * first event is counted off: the trial belongs to this run and has to be in its mean. */
static void begin(cli_progress *progress, const ecopt_event *event)
{
    progress->ended_before = event->n_ended - (event->kind == ECOPT_EVENT_TRIAL_ENDED);
    progress->began_s = progress->ended_s = progress->clock_s();
    /* Without a thread the line still moves with each event. */
    if (progress->is_live &&
        cli_ticker_start(&progress->ticker, progress->tick_ms, on_tick, progress))
        progress->cli->screen = &progress->ticker.mutex;
}

/* The lock is held over learning and drawing, and each message takes it again inside: the mutex is
 * a recursive one (ticker.c). */
void cli_progress_event(void *user, const ecopt_event *event)
{
    cli_progress *progress = user;
    if (progress->ended_before < 0)
        begin(progress, event);
    cli_screen_lock(progress->cli);
    learn(progress, event);
    /* Beside others every second start would be missing: then none is told. */
    bool says_more = progress->cli->is_verbose || (!progress->is_live && !progress->has_others);
    if (event->kind == ECOPT_EVENT_TRIAL_ENDED)
        say_ended(progress, event);
    else if (event->kind == ECOPT_EVENT_PAUSED)
        cli_note(progress->cli, "paused: 'ecopt resume' lets it go on, Ctrl-C leaves");
    else if (event->kind == ECOPT_EVENT_RESUMED)
        cli_note(progress->cli, "resumed");
    else if (event->kind == ECOPT_EVENT_TRIAL_STARTED && says_more)
        cli_note(progress->cli, "trial %lld/%lld started (%s)  %s", (long long)event->trial,
                 (long long)event->n_trials, event->origin, event->point);
    else if (event->kind == ECOPT_EVENT_PHASE_STARTED && progress->cli->is_verbose)
        cli_note(progress->cli, "trial %lld phase %s", (long long)event->trial, event->phase);
    if (progress->is_live)
        show_live(progress);
    cli_screen_unlock(progress->cli);
}

void cli_progress_end(cli_progress *progress)
{
    /* First the thread: it would draw the line again. */
    cli_ticker_stop(&progress->ticker);
    progress->cli->screen = NULL;
    if (!progress->cli->has_status_line)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->cli->has_status_line = false;
}
