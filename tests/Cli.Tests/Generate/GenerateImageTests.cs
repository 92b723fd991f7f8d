using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Inputs;

namespace MlxVideo.Cli.Tests.Generate;

public sealed class GenerateImageTests
{
    [Fact]
    public void Path_may_be_followed_by_frame_and_strength()
    {
        var images = ImageArguments.Read(["a.png", "b.png", "16", "c.png", "8", "0.5", "./12"], out var error);
        Assert.Null(error);
        Assert.Equal([At("a.png", 0, 1), At("b.png", 16, 1), At("c.png", 8, 0.5), At("12", 0, 1)], images);

        static ImageInput At(string name, int frame, double strength) => new(Path.GetFullPath(name), frame, strength);
    }

    [Theory]
    [InlineData("the path of the image must come first", "12", "a.png")]
    [InlineData("not a whole number", "a.png", "1.5")]
    [InlineData("use PATH or PATH FRAME STRENGTH", "a.png", "1", "0.5", "3")]
    public void Other_argument_sequences_are_refused_with_an_explanation(string expected, params string[] values)
    {
        ImageArguments.Read(values, out var error);
        Assert.Contains(expected, error);
    }
}
