using System.Net;
using System.Net.Sockets;
using System.Text;
using MlxVideo.Cli.Errors;
using MlxVideo.Shared.Errors;

namespace MlxVideo.Cli.Tests.Farm;

/// <summary>A faulty CSV file exits with code 2 and reports every fault on standard error before anything is sent.</summary>
public sealed class SubmitFaultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TcpListener _api = new(IPAddress.Loopback, 0);

    public SubmitFaultsTests() => _api.Start();

    [Theory]
    [InlineData("unknown column", "prompt,colour\na,red\n", "line 1, column colour")]
    [InlineData("missing prompt", "prompt,width\n,64\n", "line 2, column prompt")]
    [InlineData("not a number", "prompt,width\na,wide\n", "line 2, column width", "not a whole number")]
    [InlineData("frames", "prompt,num_frames\na,20\n", "line 2, column num_frames", "17 or 25")]
    [InlineData("too small", "prompt,width\na,62\n", "line 2, column width", "64 to 4096")]
    [InlineData("too large", "prompt,height\na,4098\n", "line 2, column height", "64 to 4096")]
    [InlineData("missing image", "prompt,image\na,nothing.png\n", "line 2, column image", "nothing.png")]
    [InlineData("duplicate output", "prompt,output\na,x.mp4\nb,x.mp4\n", "line 3, column output", "line 2")]
    [InlineData("output outside", "prompt,output\na,../x.mp4\n", "line 2, column output", "leaves the output folder")]
    [InlineData("empty file", "", "The file is empty")]
    [InlineData("broken quoting", "prompt\n\"a\n", "line 2", "quot")]
    public async Task Fault_is_reported_on_standard_error(string name, string csv, params string[] words)
    {
        var file = _folder.Write($"{name}.csv", csv);
        (await SubmitAsync(file)).AssertFailed(ExitCodes.BadInput, [.. words, "Nothing was submitted"]);
    }

    [Fact]
    public async Task Unreadable_image_is_reported()
    {
        _folder.Write("image.png", "no pixels");
        var file = _folder.Write("prompts.csv", "prompt,image\na,image.png\n");
        (await SubmitAsync(file)).AssertFailed(ExitCodes.BadInput, "line 2, column image", "image.png");
    }

    [Fact]
    public async Task Invalid_utf8_is_reported()
    {
        File.WriteAllBytes(_folder["prompts.csv"], [.. "prompt\n"u8, 0xE9, (byte)'\n']);
        (await SubmitAsync(_folder["prompts.csv"])).AssertFailed(ExitCodes.BadInput, "not UTF-8", "line 2");
    }

    [Fact]
    public async Task Excess_rows_are_reported()
    {
        var csv = new StringBuilder("prompt\n").Insert("prompt\n".Length, "a\n", 100_001).ToString();
        (await SubmitAsync(_folder.Write("prompts.csv", csv))).AssertFailed(ExitCodes.BadInput, "100000 rows");
    }

    [Fact]
    public async Task All_faults_are_reported_together()
    {
        var run = await SubmitAsync(_folder.Write("prompts.csv", "prompt,width,num_frames\n,63,20\na,64,9\nb,10,9\n"));
        run.AssertFailed(ExitCodes.BadInput, "line 2, column prompt", "line 2, column width", "line 2, column num_frames",
            "line 4, column width", "has 4 errors", "--skip-invalid");
    }

    [Fact]
    public async Task Unwritable_output_folder_is_reported_before_anything_is_sent()
    {
        var file = _folder.Write("prompts.csv", "prompt\na\n");
        var run = await CliProcess.RunAsync("farm", "submit", file, "--api", Api, "--wait", "--output", Path.Combine(file, "output"));
        run.AssertFailed(ExitCodes.Failed, "The output folder", "can't be written", "--output");
    }

    public void Dispose()
    {
        // No client may have connected.
        Assert.False(_api.Pending());
        _api.Stop();
        _folder.Dispose();
    }

    private string Api => $"http://127.0.0.1:{((IPEndPoint)_api.LocalEndpoint).Port}";

    private Task<CliResult> SubmitAsync(string csv) => CliProcess.RunAsync("farm", "submit", csv, "--api", Api);
}
