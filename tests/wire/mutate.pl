#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Mutants of the wire description.
#
#	mutate.pl WIRE          list them, one a line: number, tab, what it does
#	mutate.pl WIRE N DIR    write mutant N of WIRE's headers to DIR
use strict;
use warnings;

my ($wire, $wanted, $dir) = @ARGV;
die "Usage: mutate.pl WIRE [N DIR]\n" if !defined $wire || (defined $wanted && !defined $dir);

my @mutants;    # [name, file, offset, length, what stands there instead]

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or die "$path: $!\n";
	local $/;
	return <$in>;
}

# A row of the field table, or rows that parts share, with its brackets.
my $brackets = qr/(\((?:[^()]++|(?-1))*\))/;

sub mutate_rows {
	my ($text) = @_;
	my $start = index $text, '/* Rows that several parts share. */';
	die "the field table is not found\n" if $start < 0;
	pos($text) = $start;
	while ($text =~ /(?<!define )\b(?:R|SMCW_(?!CLC_FIELDS|LLC_FIELDS|CDC_FIELDS|EVENT_FIELDS)\w+_FIELDS)(?=\()$brackets/g) {
		my ($at, $len, $row) = ($-[0], $+[0] - $-[0], $&);
		$row =~ s/[\s\\]+/ /g;
		push @mutants, ["row deleted: $row", 'smc_fields.h', $at, $len, ''];
	}
}

sub mutate_structs {
	my ($text) = @_;
	while ($text =~ /^struct (smcw_\w+) \{\n(.*?)^\} SMCW_PACKED;/gms) {
		my ($struct, $body, $from) = ($1, $2, $-[2]);
		my @members;
		while ($body =~ /^\t((?:struct )?\w+ \w+(?:\[\w+\])?;)/gm) {
			push @members, { at => $from + $-[1], text => $1 };
		}
		for my $i (0 .. $#members) {
			my $m = $members[$i];
			push @mutants, ["byte inserted: $struct before $m->{text}", 'smc_wire.h', $m->{at}, 0,
				"__u8 mutant; "];
			next if $i == $#members;
			my $next = $members[$i + 1];
			my $end = $next->{at} + length $next->{text};
			my $between = substr $text, $m->{at} + length $m->{text},
				$next->{at} - $m->{at} - length $m->{text};
			push @mutants, ["members swapped: $struct $m->{text} $next->{text}", 'smc_wire.h',
				$m->{at}, $end - $m->{at}, $next->{text} . $between . $m->{text}];
		}
	}
}

my %text = map { $_ => slurp("$wire/$_") } qw(smc_fields.h smc_wire.h);
mutate_rows($text{'smc_fields.h'});
mutate_structs($text{'smc_wire.h'});

if (!defined $wanted) {
	print "$_\t$mutants[$_][0]\n" for 0 .. $#mutants;
	exit;
}
my (undef, $file, $at, $len, $instead) = @{ $mutants[$wanted] };
substr($text{$file}, $at, $len) = $instead;
for my $name (keys %text) {
	open my $out, '>', "$dir/$name" or die "$dir/$name: $!\n";
	print $out $text{$name};
	close $out or die "$dir/$name: $!\n";
}
