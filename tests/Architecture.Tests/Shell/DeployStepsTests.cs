using MlxVideo.Shared.Errors;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>
/// The steps that dry runs of the installation print, compared with the files in the folder Steps. To accept changed steps, run these
/// tests with <c>MLXVIDEO_ACCEPT_STEPS=1</c> and review the difference.
/// </summary>
public sealed class DeployStepsTests
{
    private static string Folder => Path.Combine(Repository.Root, "tests", "Architecture.Tests", "Shell", "Steps");

    public static TheoryData<string, string, string> Runs()
    {
        var runs = new TheoryData<string, string, string>();
        var machines = from system in new[] { "Darwin", "Linux" } from role in new[] { "coordinator", "worker" } select (system, role);
        foreach (var (system, role) in machines)
        {
            foreach (var action in new[] { "install", "upgrade", "uninstall" })
                runs.Add(system, role, action);
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Steps_are_the_expected_ones(string system, string role, string action)
    {
        using var machine = new DeploySandbox(system, role);
        if (action != "install")
        {
            (await machine.InstallAsync()).AssertDone();
            machine.ChangeSources("second");
        }

        string[] arguments = action switch
        {
            "install" => machine.Required,
            "uninstall" => ["--uninstall", "--purge"],
            _ => ["--upgrade"],
        };
        var result = await machine.RunAsync([.. arguments, "--dry-run"]);
        Assert.Equal(ExitCodes.Done, result.ExitCode);
        var file = Path.Combine(Folder, $"{system}-{role}-{action}.txt");
        var steps = machine.Normalize(result.Output);
        if (Environment.GetEnvironmentVariable("MLXVIDEO_ACCEPT_STEPS") == "1")
            await File.WriteAllTextAsync(file, steps);
        Assert.Equal(await File.ReadAllTextAsync(file), steps);
    }
}
