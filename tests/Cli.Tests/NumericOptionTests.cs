using System.CommandLine;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Tests.Arguments;

namespace MlxVideo.Cli.Tests;

public sealed class NumericOptionTests
{
    [Fact]
    public void Every_numeric_option_follows_the_same_rules()
    {
        var names = NumericOptions.AssertSameRules(CommandLine.Create(new Option<bool>("--verbose")));
        Assert.Superset(
            new HashSet<string> { "--fps", "--cfg-scale", "--width", "--seed", "--threads", "--weight-memory", "--workers", "--weight",
                "--link", "--macs" }, names.ToHashSet());
    }

    [Fact]
    public void Numbers_after_paths_follow_the_same_rules()
    {
        Assert.Equal([new ImageInput(Path.GetFullPath("a.png"), 8, 0.5)], ImageArguments.Read(["a.png", "8.0", "+0.5"], out var none));
        Assert.Null(none);
        Assert.Empty(ImageArguments.Read(["a.png", "8", "0,5"], out var image));
        Assert.Equal("--image a.png: '0,5' is not a number: write 0.5.", image);
        Assert.Empty(ImageArguments.Read(["a.png", "8.5"], out var frame));
        Assert.Equal("--image a.png: '8.5' is not a whole number.", frame);
        Assert.Empty(AdapterArguments.Read("--lora", ["style.safetensors", "0,5"], AdapterPasses.Both, out var adapter));
        Assert.Equal("--lora: '0,5' is not a number: write 0.5.", adapter);
        Assert.Empty(AdapterArguments.Read("--lora", ["style.safetensors", "1e400"], AdapterPasses.Both, out adapter));
        Assert.Equal("--lora: '1e400' is too large.", adapter);
        Assert.Null(QuantizationArgument.Read("4:6,4", out var quantization));
        Assert.NotNull(quantization);
    }

    [Fact]
    public async Task Decimal_comma_exits_with_code_2_and_suggests_a_decimal_point() =>
        (await CliProcess.RunAsync("generate", "--prompt", "A fox", "--fps", "12,5"))
            .AssertFailed(ExitCodes.BadInput, "--fps: '12,5' is not a number: write 12.5.");
}
