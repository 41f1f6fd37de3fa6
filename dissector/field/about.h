/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of fields and their descriptions, for people. */
#ifndef SMCKIT_DISSECTOR_ABOUT_H
#define SMCKIT_DISSECTOR_ABOUT_H

#include "smc_fields.h"

/**
 * about_name() - the name of a field, which no other field of its part has.
 * @f: a row of smcw_fields
 *
 * Return: the label; of a reserved field with its place. It lives as long as the program.
 */
const char *about_name(const struct smcw_field *f);

/**
 * about_field() - the description of a field.
 * @f: a row of smcw_fields
 *
 * Return: meaning and unit, place and byte order, and source. It lives as long as the program.
 */
const char *about_field(const struct smcw_field *f);

/**
 * about_experts() - describe the expert infos, which Wireshark registers without a description.
 * @proto: the plugin's protocol; all of its expert infos have to be registered
 */
void about_experts(int proto);

#endif
