/*
 * Kernel-shaped trees of the sensors behind files: graphics cards, board meters, Jetson, batteries.
 *
 * Call order: eco_fake_init, any of these, a meter on fake.io, eco_fake_advance.  Numbers in live
 * files move with the virtual clock; eco_fake_file on the same path makes it stand still.
 */
#ifndef ECO_FAKE_TREES_H
#define ECO_FAKE_TREES_H

#include "support/fakesys.h"

/** A file that shows `value` (rounded down) and `suffix`, and moves by `rate` a second. */
eco_fake_live *eco_fake_add_live(eco_fake *fake, const char *path, double value, double rate,
                                 const char *suffix);

/** The live file at a path that was added; fails the test if there is none. */
eco_fake_live *eco_fake_find_live(eco_fake *fake, const char *path);

/** Text of the live file whose path `path` ends in; -1 if there is none. */
long eco_fake_live_text(const eco_fake *fake, const char *path, char *text, size_t room_b);

/** The file at `path` shows from now on what was written to it. */
void eco_fake_still(eco_fake *fake, const char *path);

/** Symbolic link at `path`. */
void eco_fake_link(eco_fake *fake, const char *path, const char *target);

/** Moves a folder, with its live files: a driver was loaded again and got another number. */
void eco_fake_move(eco_fake *fake, const char *from, const char *to);

/** hwmonN of a driver on a device, e.g. (3, "amdgpu", "0000:03:00.0"). */
void eco_fake_hwmon(eco_fake *fake, int number, const char *name, const char *device);

/** Attribute of hwmonN that stands still. */
void eco_fake_hwmon_file(eco_fake *fake, int number, const char *file, const char *text);

/** Attribute of hwmonN that moves. */
eco_fake_live *eco_fake_hwmon_live(eco_fake *fake, int number, const char *file, double value,
                                   double rate);

/** Discrete AMD card: hwmonN with power1_average, power1_cap 300 W, freq2. */
void eco_fake_amd_card(eco_fake *fake, int number, const char *device, double power_w);

/** AMD chip with graphics: package 25 W with core 9 W by RAPL, the same 25 W by amdgpu. */
void eco_fake_apu(eco_fake *fake);

/** Grace node: one module 500 W with Grace 300 W = CPU 200 W + SysIO 60 W + the rest. */
void eco_fake_grace(eco_fake *fake);

/** Orin NX: VDD_IN 15 V x 1 A = 15 W around VDD_CPU_GPU_CV 6 W and VDD_SOC 3 W, as hwmon 1. */
void eco_fake_orin_nx(eco_fake *fake);

/** AGX Orin: GPU_SOC 12 W + CPU_CV 5 W + VIN_SYS_5V0 4 W on hwmon 2 and its memory 1 W on 3. */
void eco_fake_agx_orin(eco_fake *fake);

/** Laptop on BAT0 (energy_now in steps of 1 uWh, power_now) at 12 W, its mains supply off. */
void eco_fake_battery(eco_fake *fake);

/** Plugs the supply of eco_fake_battery in (Charging) or out. */
void eco_fake_plug(eco_fake *fake, bool is_in);

/** Cray node: 600 W, CPU 200 W, memory 50 W, one accelerator 300 W; 10 scans a second. */
void eco_fake_cray(eco_fake *fake);

/** A management controller that answers to DCMI: 350 W. */
void eco_fake_dcmi(eco_fake *fake);

/** Sets a register of a CPU in /dev/cpu/N/msr. */
void eco_fake_msr(eco_fake *fake, int cpu, unsigned address, uint64_t value);

/** Two Skylake-SP sockets of two CPUs (0, 1 and 2, 3) by their registers: 60 W and 40 W, dram 10
 * and 5 W, psys 130 W. */
void eco_fake_msr_server(eco_fake *fake);

/** Lets time pass and moves the registers of eco_fake_msr_server. */
void eco_fake_msr_advance(eco_fake *fake, double time_s);

#endif
