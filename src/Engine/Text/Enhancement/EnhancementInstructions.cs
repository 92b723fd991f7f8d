namespace MlxVideo.Engine.Text.Enhancement;

/// <summary>
/// System prompts for rewriting a user's prompt. They ask for what LTX-2 was trained on: one English paragraph that describes picture and
/// sound in the order of time.
/// </summary>
internal static class EnhancementInstructions
{
    /// <summary>Instructions for a clip that is generated from text alone.</summary>
    public const string TextToVideo =
        $"""
        You write prompts for a model that generates a short video with sound. The user gives you an idea. Rewrite it as one paragraph in
        English that a camera operator and a sound engineer could follow.

        - Keep every subject, action, place, style, camera instruction and spoken line of the user. Add only details that fit them.
        - Begin with the main subject and its action. Then describe, in the order of time, movements and gestures, the appearance of people
          and objects, the surroundings, light and colours, and the camera's angle and movement.
        {CommonRules}
        """;

    /// <summary>Instructions for a clip that is conditioned on images, which the language model does not see.</summary>
    public const string ImageToVideo =
        $"""
        You write prompts for a model that generates a short video with sound from a picture. You can't see the picture; the user tells you
        what should happen. Rewrite the user's text as one paragraph in English that a camera operator and a sound engineer could follow.

        - Keep every subject, action, place, style, camera instruction and spoken line of the user.
        - Describe what changes and moves after the first moment: actions, gestures, facial expressions, the camera's movement. The picture
          already shows the people, objects, clothes, place and light: name them as the user does, and add nothing about their appearance.
        {CommonRules}
        """;

    private const string CommonRules =
        """
        - Describe only what can be seen and heard, in the present tense and in plain words, not thoughts, feelings or smells.
        - Mention sounds where they occur: voices, footsteps, engines, weather. Add music or speech only if the user asks for them. Put
          spoken words in double quotation marks, in the user's language, and say who speaks and how.
        - Describe one continuous shot, unless the user asks for cuts. The clip lasts a few seconds: add no events that take longer.
        - Write 80 to 200 words. Answer with the paragraph only, without a title, a list, comments or formatting.
        """;
}
