using System.CommandLine;
using MlxVideo.Cli.Generate.Requests;
using MlxVideo.Shared.Arguments;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Text;

namespace MlxVideo.Cli.Generate.Options;

/// <summary>Images that the clip is to contain.</summary>
internal sealed class ConditioningOptions : IRequestOptions
{
    private readonly Option<string[]> _image = RepeatableOption.Create(
        "--image", "PATH [FRAME STRENGTH]", "Keyframe image, with its frame and strength; repeatable.")
        .WithAliases("-i");

    private readonly Option<string?> _conditionImage = new("--condition-image")
    {
        Description = "One more image, at the default frame and strength.",
        HelpName = "PATH",
    };

    private readonly Option<int> _frame = NumberOption.Int("--image-frame-idx", "Frame of images that do not give one.", 0);
    private readonly Option<double> _strength = NumberOption.Decimal(
        "--image-strength", "Strength of images that do not give one; 1 keeps the image, 0 ignores it.", 1);

    private readonly Option<int> _crf = NumberOption.Int(
        "--image-crf", "H.264 compression applied to images, as in the model's training: CRF 1 to 51; 0 for none.",
        new RenderSettings { Prompt = "" }.ImageCrf);

    private readonly Option<string> _mode = ChoiceOption.Create(
        "--image-mode",
        "replace puts images in place of frames, guide adds them as keyframes; auto replaces frame 0 and guides at others.",
        "auto", "auto", "replace", "guide").WithAliases("--conditioning-mode");

    /// <inheritdoc/>
    public OptionGroup Group => new("Images", _image, _conditionImage, _frame, _strength, _mode, _crf);

    /// <inheritdoc/>
    public GenerateRequest Apply(GenerateRequest request, ParseResult parsed, ICollection<string> errors)
    {
        var (frame, strength) = (parsed.GetValue(_frame), parsed.GetValue(_strength));
        var images = ImageArguments.Read(parsed.GetValue(_image) ?? [], out var error, frame, strength);
        if (parsed.GetValue(_conditionImage) is { } path)
            images = [.. images, new ImageInput(Path.GetFullPath(path), frame, strength)];
        foreach (var reason in Errors(images, request.Settings.NumFrames).Prepend(error).OfType<string>())
            errors.Add(reason);
        _ = ChoiceNames.Read<ConditioningMode>(parsed.GetValue(_mode)!, out var mode);
        return request with
        {
            Inputs = request.Inputs with { Images = images },
            Settings = request.Settings with { ImageCrf = parsed.GetValue(_crf), ImageMode = mode },
        };
    }

    private static IEnumerable<string> Errors(IReadOnlyList<ImageInput> images, int numFrames)
    {
        if (RenderSettingsRules.ImageCount(images.Count) is { } tooMany)
            yield return $"--image: {tooMany}";
        foreach (var image in images)
        {
            if (!File.Exists(image.Path))
                yield return $"--image: the file {image.Path} does not exist.";
            if (RenderSettingsRules.ImageFrame(image.Frame, numFrames) is { } frame)
                yield return $"--image {image.Path}: {frame}";
            if (RenderSettingsRules.ImageStrength(image.Strength) is { } strength)
                yield return $"--image {image.Path}: {strength}";
        }
    }
}
