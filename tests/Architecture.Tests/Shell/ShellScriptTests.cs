using System.ComponentModel;
using System.Diagnostics;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>Rules for all shell scripts of the repository.</summary>
public sealed class ShellScriptTests
{
    private static readonly string[] OtherFolders = [".git", ".vs", "artifacts", "bin", "obj", "golden"];

    public static TheoryData<string> Scripts() => [.. Find(new DirectoryInfo(Repository.Root))];

    [Fact]
    public void All_scripts_are_found() =>
        Assert.Empty(new[] { "mlx-video", ".ci/run", "deploy/install-worker.sh", "deploy/lib/install.sh" }
            .Except(Find(new DirectoryInfo(Repository.Root))));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Script_avoids_constructs_newer_than_bash_3_2(string script) => Assert.Empty(NewerBash.In(Text(script)));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Script_states_its_shell_for_shellcheck(string script) =>
        Assert.Equal(["#!/usr/bin/env bash", "# shellcheck shell=bash"], Text(script).Split('\n').Take(2));

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Script_is_parsed_without_errors(string script) =>
        Assert.Equal((0, ""), await RunAsync(ShellSandbox.Bash, "-n", script));

    [SkippableTheory]
    [MemberData(nameof(Scripts))]
    public async Task Shellcheck_has_no_objections(string script)
    {
        var result = await RunAsync("shellcheck", "--format=gcc", script);
        Skip.If(result is null, "shellcheck is not installed; on Debian: apt-get install shellcheck, on a Mac: brew install shellcheck.");
        Assert.Equal((0, ""), result);
    }

    private static string Text(string script) => File.ReadAllText(Path.Combine(Repository.Root, script));

    private static IEnumerable<string> Find(DirectoryInfo folder) =>
        folder.EnumerateFiles().Where(IsScript).Select(file => Path.GetRelativePath(Repository.Root, file.FullName))
            .Concat(folder.EnumerateDirectories().Where(each => !OtherFolders.Contains(each.Name)).SelectMany(Find));

    private static bool IsScript(FileInfo file)
    {
        if (file.Extension is not ("" or ".sh" or ".bash" or ".command"))
            return false;
        using var reader = file.OpenText();
        return reader.ReadLine() is { } first
            && first.StartsWith("#!", StringComparison.Ordinal) && first.EndsWith("sh", StringComparison.Ordinal);
    }

    /// <summary>Returns the exit code and all output of a program; null if it is not installed.</summary>
    internal static async Task<(int ExitCode, string Output)?> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Repository.Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, output + await error);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
