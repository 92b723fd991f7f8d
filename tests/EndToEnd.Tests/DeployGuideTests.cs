using System.Text.RegularExpressions;
using MlxVideo.EndToEnd.Tests.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>The commands of deploy/README.md, as a reader pastes them into the terminals of two Macs.</summary>
public sealed partial class DeployGuideTests
{
    private static readonly string[] Sections = ["## 2", "## 3", "## 4", "## 5"];

    private static IReadOnlyList<GuideBlock> Blocks { get; } =
        Guide.Read(Path.Combine(SimulatedMac.Root, "deploy", "README.md"));

    [VirtualNetworkFact]
    public async Task Pasted_commands_lead_from_two_bare_macs_to_a_clip_and_to_the_removal_of_a_worker()
    {
        using var network = VirtualNetwork.TryCreate()!;
        using var first = new SimulatedMac(network.Hosts[0]);
        using var second = new SimulatedMac(network.AddHost());
        var reader = new Reader(first, second);
        var tiny = Assert.Single(Blocks, block => block.Text.Contains(" model tiny ", StringComparison.Ordinal));
        (await first.RunAsync(tiny.Text)).AssertDone();
        (await second.RunAsync(tiny.Text)).AssertDone();

        foreach (var block in Blocks.Where(block => Sections.Contains(block.Section)))
        {
            var (output, error) = await reader.PasteAsync(block);
            switch (block.Text.Split(' '))
            {
                case [_, "farm", "status", ..] when block.Section == "## 3":
                    Assert.Contains("mac-1", output);
                    Assert.Contains("mac-2", output);
                    break;
                case [_, "farm", "submit", ..]:
                    Assert.Single(Directory.EnumerateFiles(first.InCheckout("clips"), "*.mp4"));
                    break;
                case [_, "farm", "drain", ..]:
                    Assert.Contains("mac-2 has left the farm", error);
                    Assert.Equal(0, await second.UntilServiceEndsAsync("org.mlxvideo.worker")); // with 0, it stays down
                    break;
                case ["sudo", "launchctl", "kickstart", ..]:
                    await second.UntilLoggedAsync("worker", "ready worker", times: 2);
                    break;
            }
        }

        Assert.False(Directory.Exists(second.InHome("Library/Application Support/MlxVideo/data/worker")));
        var (workers, _) = await reader.PasteAsync(Blocks.Last(block => block.Text.Contains(" farm status ", StringComparison.Ordinal)));
        Assert.Contains("mac-1", workers);
        Assert.DoesNotContain("mac-2", workers);
        foreach (var step in new[] { "farm token", "--token TOKEN", "farm submit", "farm drain", "--uninstall --purge", "farm revoke" })
            Assert.Contains(Blocks, block => Sections.Contains(block.Section) && block.Text.Contains(step, StringComparison.Ordinal));
    }

    /// <summary>In an interactive zsh, the Mac's shell, a # begins no comment: what follows would become arguments.</summary>
    [Fact]
    public void Commands_have_no_comments() =>
        Assert.DoesNotContain(Blocks, block => block.Text.Contains('#', StringComparison.Ordinal));

    /// <summary>A reader at two Macs, who replaces what the guide says to replace, and nothing else.</summary>
    private sealed class Reader(SimulatedMac first, SimulatedMac second)
    {
        private string _token = "TOKEN";
        private string _batch = "BATCH";
        private string? _printed;

        /// <summary>Pastes a block and returns what it printed to standard output and standard error.</summary>
        public async Task<(string Output, string Error)> PasteAsync(GuideBlock block)
        {
            var mac = block.Mac switch
            {
                "Mac 1" => first,
                "Mac 2" => second,
                _ => throw new InvalidDataException($"The guide does not say on which Mac to paste: {block.Text}"),
            };
            var text = Replace(block.Text);
            if (text.Contains("--token", StringComparison.Ordinal))
                Assert.StartsWith(Replace(_printed!), text, StringComparison.Ordinal); // the guide shows what 'farm token' prints
            var result = await mac.RunAsync(text);
            Assert.True(result.ExitCode == 0, $"{block.Mac}: {text}\nexit code {result.ExitCode}: {result.Error}\n{result.Output}");
            if (TokenPattern().Match(result.Output) is { Success: true } line)
                (_printed, _token) = (line.Value, line.Groups["token"].Value);
            if (BatchPattern().Match(result.Error) is { Success: true } batch)
                _batch = batch.Groups["id"].Value;
            return (result.Output, result.Error);
        }

        private string Replace(string text) => text.Replace("192.168.1.10", first.Address, StringComparison.Ordinal)
            .Replace("~/models/ltx-2", "~/models/tiny", StringComparison.Ordinal)
            .Replace("TOKEN", _token, StringComparison.Ordinal).Replace("BATCH", _batch, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^deploy/install-worker\.sh .*--token (?<token>\S+).*$", RegexOptions.Multiline)]
    private static partial Regex TokenPattern();

    [GeneratedRegex(@"^Submitted batch (?<id>\S+)", RegexOptions.Multiline)]
    private static partial Regex BatchPattern();
}
